import { describe, expect, test } from 'vitest'
import { amountOf } from '../../infra/settings/kinds.ts'
import { read } from './keyed-settings.ts'
import { objectsOf, settingsOf } from './mocked.ts'

test.each([
  ['4', 4],
  ['128974848', 128_974_848],
  ['20G', 20e9],
  ['500M', 500e6],
  ['1e9', 1e9],
  ['1E3', 1000],
  ['2E', 2e18],
  ['1.5Gi', 1.5 * 1024 ** 3],
  ['.5', 0.5],
  ['5.', 5],
  ['+1k', 1000],
  ['-1Gi', -(1024 ** 3)],
  ['100m', 0.1],
  ['500000u', 0.5],
  [2048, 2048],
])('%s is the quantity %d', (text, amount) => {
  expect(amountOf(text)).toBeCloseTo(amount, 6)
})

test.each(['20g', '20gi', '20GB', '20 Gi', '1K', '2cores', 'e9', '', '.', '1e', '0x10', 'much', undefined])(
  '%s is no quantity',
  (text) => {
    expect(amountOf(text)).toBeNaN()
  },
)

describe('sizes are taken as Kubernetes takes them', () => {
  test.each<[string, unknown, number]>([
    ['server.memory', '2G', 1907],
    ['server.memory', '512M', 488],
    ['server.memory', '1.5Gi', 1536],
    ['server.memory', '1e9', 953],
    ['server.memory', 1_000_000_000, 953],
    ['server.memory', '1048576Ki', 1024],
    ['server.memory', 2048, 2048],
    ['postgres.sharedBuffers', '200M', 190],
    ['server.cpus', '.5', 0.5],
    ['server.cpus', '5e-1', 0.5],
    ['server.cpus', '1500m', 1.5],
  ])('%s: %s is %d', (key, given, expected) => {
    const [group, name] = key.split('.') as ['server', 'memory']
    expect(read({ [key]: given })[group][name]).toBeCloseTo(expected, 6)
  })

  test.each<[string, unknown]>([
    ['server.memory', '2gi'],
    ['server.memory', '100Mi'],
    ['server.memory', 512.5],
    ['server.cpus', '50m'],
    ['postgres.storage', '500M'],
    ['postgres.storage', 20],
    ['worker.clones', '20 GB'],
    ['kubernetes.quotaMemory', '-1Gi'],
  ])('%s: %s is refused', (key, given) => {
    expect(() => read({ [key]: given })).toThrow(`codebase-mcp:${key} must be`)
  })

  test('a volume has the size that is written, and what is computed of it are whole mebibytes', async () => {
    const settings = settingsOf('kubernetes', {
      image: { reference: 'registry.example.com/codebase-mcp:1.0.0' },
      postgres: { storage: '50.5G', walStorage: '5G' },
      worker: { clones: '20G' },
      backup: { s3Bucket: 'team', s3AccessKey: 'id', s3SecretKey: 'key', storage: '1e11' },
    })
    const text = JSON.stringify((await objectsOf(settings)).map(({ inputs }) => inputs))
    expect(text).toContain('"storage":"50.5G"')
    expect(text).toContain('"sizeLimit":"20G"')
    expect(text).toMatch(/max_wal_size=2GB/)
    expect(text).not.toMatch(/"\d+\.\d+Mi"/)
  })
})
