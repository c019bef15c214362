import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Refused } from '../../../infra/faults.ts'
import { readStackConfig } from '../../../infra/plan/stack-config.ts'

const PROJECT = `
name: shop
config:
  codebase-mcp:target: { default: docker, description: Where. }
  codebase-mcp:running: { default: true }
  codebase-mcp:server: { default: {} }
  codebase-mcp:name: { value: shop }
`

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plan-config-'))
  writeFileSync(join(root, 'Pulumi.yaml'), PROJECT)
})

afterEach(() => rmSync(root, { recursive: true }))

function read(content: string, settings: Record<string, string> = {}) {
  writeFileSync(join(root, 'Pulumi.prod.yaml'), content)
  return readStackConfig(root, { stack: 'prod', settings })
}

test('the stack file overrides the project, and the command overrides both', () => {
  const content = 'config:\n  codebase-mcp:target: kubernetes\n  running: false\n  kubernetes:context: one\n'
  expect(read(content, { 'codebase-mcp:name': 'mine' }).values).toEqual({
    'codebase-mcp:target': 'kubernetes',
    'codebase-mcp:running': 'false',
    'codebase-mcp:server': '{}',
    'codebase-mcp:name': 'mine',
    'kubernetes:context': 'one',
  })
})

test('objects and lists are passed as JSON, like the engine does', () => {
  const { values } = read('config:\n  codebase-mcp:server:\n    replicas: 3\n  codebase-mcp:repositories: ["."]\n')
  expect(values).toMatchObject({ 'codebase-mcp:server': '{"replicas":3}', 'codebase-mcp:repositories': '["."]' })
})

test('encrypted values stay encrypted, and placeholders of the same form replace them', () => {
  const content =
    'config:\n  codebase-mcp:database:\n    url: { secure: v1:abc }\n  codebase-mcp:token:\n    secure: v1:def\n'
  const { values, secretKeys, notes } = read(content)
  const { url } = JSON.parse(values['codebase-mcp:database'] ?? '') as { url: string }
  expect(new URL(url).protocol).toBe('postgres:')
  expect(values['codebase-mcp:token']).toBe('encrypted')
  expect(secretKeys).toEqual(['codebase-mcp:database', 'codebase-mcp:token'])
  expect(notes.join()).toMatch(/codebase-mcp:database\.url is encrypted.*codebase-mcp:token is encrypted/)
})

test('a value on the command line needs no placeholder', () => {
  const { values, notes } = read('config:\n  codebase-mcp:database:\n    url: { secure: v1:abc }\n', {
    'codebase-mcp:database.url': 'postgres://here/shop',
  })
  expect(values['codebase-mcp:database'] ?? '').toContain('"url":"postgres://here/shop"')
  expect(notes).toEqual([])
})

test('environments, which only their service knows, are reported', () => {
  const { notes, unread } = read('environment: [production]\n')
  expect(notes).toEqual([expect.stringMatching(/Pulumi\.prod\.yaml imports environments/)])
  expect(unread).toEqual(notes)
})

test('another file is read if one is named', () => {
  writeFileSync(join(root, 'mine.yaml'), 'config:\n  codebase-mcp:name: mine\n')
  const { values } = readStackConfig(root, { stack: 'prod', configFile: 'mine.yaml', settings: {} })
  expect(values['codebase-mcp:name']).toBe('mine')
})

test('a stack without a file is refused with the remedy', () => {
  const asked = { stack: 'pord', settings: {} }
  expect(() => readStackConfig(root, asked)).toThrow(Refused)
  expect(() => readStackConfig(root, asked)).toThrow(/Pulumi\.pord\.yaml.*--stack/)
})

test('a file that is not YAML is refused with the line', () => {
  expect(() => read('config:\n  a: "b\n')).toThrow(/Pulumi\.prod\.yaml is not YAML: .*line \d/)
})

test('merge keys in the file are resolved, as by the CLI', () => {
  const content = 'base: &base { memory: 1024, cpus: 2 }\nconfig:\n  codebase-mcp:server:\n    <<: *base\n    cpus: 1\n'
  expect(JSON.parse(read(content).values['codebase-mcp:server'] ?? '')).toEqual({ memory: 1024, cpus: 1 })
})

test('numbers, booleans and dates are read as by the CLI', () => {
  const file = `config:
  codebase-mcp:server:
    octal: 0440
    new: 0o440
    none: 0790
    parted: 1_024
    binary: 0b11
    power: 1e3
    flag: yes
    other: Off
    day: 2024-01-01
    time: 10:30
`
  expect(JSON.parse(read(file).values['codebase-mcp:server'] ?? '')).toEqual({
    octal: 288,
    new: 288,
    none: 790,
    parted: 1024,
    binary: 3,
    power: 1000,
    flag: 'yes',
    other: 'Off',
    day: '2024-01-01',
    time: '10:30',
  })
})

test('a placeholder has the form of the value that it replaces', () => {
  const content =
    'config:\n  codebase-mcp:access: { tokens: { secure: v1:a } }\n  codebase-mcp:server: { port: { secure: v1:b } }\n'
  const { values } = read(content)
  expect(values['codebase-mcp:access']).toMatch(/"tokens":".{16,}"/)
  expect(values['codebase-mcp:server']).toBe('{"port":8000}')
})

test('a secret in plain text is reported with the command to encrypt it, unless the command line sets it', () => {
  const content = 'config:\n  codebase-mcp:git: { webhookSecret: hunter2hunter2hunter2 }\n'
  const { notes } = read(content, { 'codebase-mcp:database.url': 'postgres://u:p@h/d' })
  expect(notes.join()).toMatch(/pulumi config set (-- )?--path --secret codebase-mcp:git.webhookSecret/)
  expect(notes.join()).not.toMatch(/hunter2|database\.url/)
})

test.each([
  ['settings outside of config', 'codebase-mcp:target: kubernetes\n', /has codebase-mcp:target outside config/],
  ['a misspelt config', 'cofnig:\n  codebase-mcp:target: kubernetes\n', /has cofnig outside config/],
  ['a list', '- codebase-mcp:target\n', /is not a mapping/],
  ['a list under config', 'config: [a]\n', /has a config: that is not a mapping/],
  ['an alias of nothing', 'config:\n  codebase-mcp:server: *nobody\n', /is not YAML: .*nobody/],
])('%s is refused with the remedy', (_, content, fault) => {
  expect(() => read(content)).toThrow(fault)
})
