import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withStackFile } from '../../infra/cli/pulumi/stack-file.ts'
import { Refused } from '../../infra/faults.ts'
import { makePassable } from '../../infra/plan/passable-config.ts'
import { readStackConfig } from '../../infra/plan/stack-config.ts'
import { bytesOf, MOST_SETTINGS_BYTES } from '../../infra/settings/repositories-file.ts'
import { readSettings } from '../../infra/settings/settings.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

const root = temporaryFolders()()
const choice = { stack: 'prod', settings: {} }
const CLUSTER = {
  'codebase-mcp:target': 'kubernetes',
  'codebase-mcp:image': '{"reference":"registry.example/image:1"}',
}
const MANY = Array.from({ length: 5000 }, (_, at) => `https://git.example.com/team-${at % 40}/service-${at}.git`)

writeFileSync(join(root, 'Pulumi.yaml'), 'name: codebase-mcp\n')

function written(settings: Readonly<Record<string, unknown>>) {
  const lines = Object.entries({ ...CLUSTER, ...settings }).map(
    ([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`,
  )
  writeFileSync(join(root, 'Pulumi.prod.yaml'), `config:\n${lines.join('')}`)
}

/** Returns the repositories that the program gets of the stack's file, and the size of its settings. */
const passed = () =>
  withStackFile(root, choice, async (file) => {
    makePassable(root, file)
    const { values } = readStackConfig(root, { ...choice, configFile: file })
    const settings = readSettings(values)
    return { repositories: 'repositories' in settings ? settings.repositories : [], bytes: bytesOf(values) }
  })

test('A file lists repositories besides those of the settings, without its comments and empty lines', () => {
  const file = join(root, 'list.txt')
  writeFileSync(file, '# Ours\r\nhttps://h/a/one.git\r\n\n  mine=https://h/b/two.git#main\n')
  const values = {
    ...CLUSTER,
    'codebase-mcp:repositoriesFile': file,
    'codebase-mcp:repositories': '["https://h/zero"]',
  }
  expect(readSettings(values).repositories).toEqual([
    'https://h/zero',
    'https://h/a/one.git',
    'mine=https://h/b/two.git#main',
  ])
})

test('A file of repositories that cannot be read is refused by its name, and its entries are checked like others', () => {
  const missing = { ...CLUSTER, 'codebase-mcp:repositoriesFile': 'not/there.txt' }
  expect(() => readSettings(missing)).toThrow('repositoriesFile is "not/there.txt", which cannot be read (ENOENT)')
  const file = join(root, 'wrong.txt')
  writeFileSync(file, './folder\n')
  expect(() => readSettings({ ...CLUSTER, 'codebase-mcp:repositoriesFile': file })).toThrow('"./folder"')
})

test('A list that Pulumi cannot pass to the program is passed by file, and a short one stays in the settings', async () => {
  written({ 'codebase-mcp:repositories': MANY })
  const { repositories, bytes } = await passed()
  expect(repositories).toEqual(MANY)
  expect(bytes).toBeLessThan(MOST_SETTINGS_BYTES)
  written({ 'codebase-mcp:repositories': MANY.slice(0, 3) })
  const copy = await withStackFile(root, choice, async (file) => {
    makePassable(root, file)
    return readFileSync(file, 'utf8')
  })
  expect(copy).not.toContain('repositoriesFile')
})

test('A long list, as a text and beside a file, keeps the entries of both', async () => {
  writeFileSync(join(root, 'more.txt'), 'https://h/more.git\n')
  written({ repositories: JSON.stringify(MANY), 'codebase-mcp:repositoriesFile': 'more.txt' })
  expect((await passed()).repositories).toEqual([...MANY, 'https://h/more.git'])
})

test('Other settings that are too long are refused by the name of the longest', async () => {
  written({ 'codebase-mcp:server': { variables: { LONG: 'x'.repeat(MOST_SETTINGS_BYTES) } } })
  await expect(passed()).rejects.toThrow(Refused)
  await expect(passed()).rejects.toThrow(/shorten codebase-mcp:server, which has \d+/)
})

test('The plan of a long list says what plain Pulumi needs', () => {
  written({ 'codebase-mcp:repositories': MANY })
  expect(readStackConfig(root, choice).notes.join()).toContain('name that in codebase-mcp:repositoriesFile')
  written({ 'codebase-mcp:repositories': ['https://h/one.git'] })
  expect(readStackConfig(root, choice).notes.join()).not.toContain('repositoriesFile')
})
