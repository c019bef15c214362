import { describe, expect, test } from 'vitest'
import { podOf } from '../../../infra/policy/pods.ts'
import { objectsOf, settingsOf } from '../mocked.ts'

type Values = Readonly<Record<string, unknown>>

const objects = async (values: Values) => {
  const settings = settingsOf('kubernetes', { image: { reference: 'registry.example.com/codebase-mcp:1' }, ...values })
  return await objectsOf(settings)
}
const specOf = async (type: string, name: string, values: Values) => {
  const all = await objects(values)
  return all.find((each) => each.type.endsWith(`:${type}`) && nameOf(each.inputs) === name)?.inputs.spec
}
const nameOf = ({ metadata }: Readonly<Record<string, unknown>>) => (metadata as { readonly name?: string }).name
const podsOf = async (values: Values) =>
  (await objects(values)).flatMap((each) => {
    const pod = podOf(each)
    return pod === undefined ? [] : [{ name: each.name, ...pod }]
  })

test('parameters of Postgres win over the stack’s own, in the StatefulSet and in CloudNativePG', async () => {
  const postgres = { parameters: { effective_cache_size: '3GB', log_statement: 'ddl' } }
  const own = JSON.stringify(await specOf('StatefulSet', 'postgres', { postgres }))
  expect(own).toContain('"effective_cache_size=3GB"')
  expect(own).toContain('"log_statement=ddl"')
  expect(own.match(/effective_cache_size/g)).toHaveLength(1)
  expect(await specOf('Cluster', 'postgres', { postgres, database: { cnpg: {} } })).toMatchObject({
    postgresql: { parameters: { effective_cache_size: '3GB', log_statement: 'ddl' } },
  })
})

test('a CPU limit is set in every container, and is never below its request', async () => {
  const pods = await podsOf({ kubernetes: { cpuLimit: '200m' }, worker: { cpuLimit: 2 } })
  const limits = pods.flatMap(({ name, containers }) =>
    containers.map(({ spec }) => {
      const { requests, limits: most } = spec.resources as Readonly<Record<string, { readonly cpu: string }>>
      return { name, request: Number.parseInt(requests?.cpu ?? '', 10), limit: Number.parseInt(most?.cpu ?? '', 10) }
    }),
  )
  expect(limits.length).toBeGreaterThan(8)
  expect(limits.filter(({ request, limit }) => !(limit >= Math.max(request, 200)))).toEqual([])
  expect(limits.find(({ name }) => name === 'worker-pods')?.limit).toBe(2000)
})

test('a RuntimeClass is that of all pods, unless a part has another', async () => {
  const pods = await podsOf({ kubernetes: { runtimeClass: 'gvisor' }, ollama: { runtimeClass: 'nvidia' } })
  const classes = pods.map(({ name, spec }) => `${name}: ${String(spec.runtimeClassName)}`)
  expect(classes).toContain('ollama-pods: nvidia')
  expect(classes.filter((each) => !each.endsWith('gvisor'))).toEqual(['ollama-pods: nvidia'])
})

test('volumes of a part have its StorageClass, and the others that of all', async () => {
  const values = {
    kubernetes: { storageClass: 'standard' },
    postgres: { storageClass: 'fast' },
    backup: { storageClass: 'cheap' },
    worker: { clonesClaim: true, storageClass: 'local' },
  }
  const all = await objects(values)
  const claims = all
    .filter(({ type }) => type.endsWith(':PersistentVolumeClaim'))
    .map(({ inputs }) => [nameOf(inputs), (inputs.spec as { readonly storageClassName: string }).storageClassName])
  expect(Object.fromEntries(claims)).toEqual({
    postgres: 'fast',
    'postgres-wal': 'fast',
    ollama: 'standard',
    backups: 'cheap',
  })
  expect(JSON.stringify(await specOf('Deployment', 'worker', values))).toContain('"storageClassName":"local"')
})

test('schedules are read in the time zone of the settings', async () => {
  for (const name of ['backup', 'restore-test']) {
    expect(await specOf('CronJob', name, { backup: { timeZone: 'Europe/Berlin' } })).toMatchObject({
      timeZone: 'Europe/Berlin',
    })
  }
})

describe('a route that the program does not create', () => {
  const edge = { kind: 'other', host: 'code.example.com', scheme: 'https', namespace: 'istio-ingress' }

  test('has its host accepted, told and allowed', async () => {
    const server = JSON.stringify(await specOf('Deployment', 'server', { edge }))
    expect(server).toContain('"https://code.example.com"')
    expect(server).toMatch(/localhost[^"]*,code\.example\.com"/)
    const all = await objects({ edge })
    expect(all.filter(({ type }) => /:(Ingress|HTTPRoute)$/.test(type))).toEqual([])
    const policies = all.filter(({ type }) => type.endsWith(':NetworkPolicy')).map(({ inputs }) => inputs)
    expect(JSON.stringify(policies)).toContain('istio-ingress')
  })
})
