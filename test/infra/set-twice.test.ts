import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { withStackFile } from '../../infra/cli/pulumi/stack-file.ts'
import { readStackConfig } from '../../infra/plan/stack-config.ts'
import { readSettings } from '../../infra/settings/settings.ts'

const FLAT = { 'codebase-mcp:server.port': '8123' }
const root = mkdtempSync(join(tmpdir(), 'set-twice-'))
afterAll(() => rmSync(root, { recursive: true }))
writeFileSync(join(root, 'Pulumi.yaml'), 'name: codebase-mcp\nconfig:\n  codebase-mcp:server: {default: {}}\n')
writeFileSync(
  join(root, 'Pulumi.dev.yaml'),
  'config:\n  codebase-mcp:server:\n    port: 8000\n    logLevel: debug\n  codebase-mcp:postgres.port: 5433\n',
)

describe('a setting that a stack has both with dots and within its group', () => {
  test.each([
    ['server.port', { ...FLAT, 'codebase-mcp:server': '{"port":8000}' }],
    ['postgres.image', { 'codebase-mcp:postgres.image': 'a:17', 'codebase-mcp:postgres': '{"image":"b:17"}' }],
    [
      'database.cnpg.instances',
      { 'codebase-mcp:database.cnpg.instances': '1', 'codebase-mcp:database': '{"cnpg":{"instances":3}}' },
    ],
  ])('is refused if it has two values: %s', (key, config) => {
    const group = key.split('.')[0]
    expect(() => readSettings(config)).toThrow(
      `codebase-mcp:${key} is set twice with different values, as codebase-mcp:${key} and in the group codebase-mcp:${group}; remove one of them`,
    )
  })

  test('is accepted if both are equal, or only one is set', () => {
    for (const group of ['{"port":8123}', '{"port":"8123"}', '{}', '{"logLevel":"debug"}']) {
      expect(readSettings({ ...FLAT, 'codebase-mcp:server': group })).toMatchObject({ server: { port: 8123 } })
    }
  })

  test('has the value of the command line for one run, in either form', async () => {
    const choice = { stack: 'dev', settings: { ...FLAT, 'codebase-mcp:postgres.port': '5500' } }
    const settings = readSettings(readStackConfig(root, choice).values)
    expect(settings).toMatchObject({ server: { port: 8123, logLevel: 'debug' }, postgres: { port: 5500 } })
    const copy = await withStackFile(root, choice, async (file) => readFileSync(file, 'utf8'))
    expect(copy).toMatch(
      /codebase-mcp:server:\n {4}port: 8123\n {4}logLevel: debug\n {2}codebase-mcp:postgres\.port: "?5500/,
    )
    expect(copy).not.toContain('server.port')
  })
})
