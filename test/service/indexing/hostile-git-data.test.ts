import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gitSettings } from '../../../service/indexing/files/git-config.ts'
import { TextEncodings } from '../../../service/indexing/files/text-encodings.ts'
import { readTrackedPaths } from '../../../service/indexing/files/tracked-paths.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'
import { growingIndex, removingIndex } from '../../prove/hostile-files/git-data.ts'
import { NOBODY } from './walked.ts'

const temporaryFolder = temporaryFolders()

function secondsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  return process.cpuUsage(before).user / 1e6
}

function gitFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const git = join(temporaryFolder(), '.git')
  mkdirSync(git)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(git, name), content)
  return git
}

const settingsIn = (files: Readonly<Record<string, string>>) => {
  const git = gitFolder(files)
  return gitSettings(join(git, '..'), { own: git, shared: git }, NOBODY)
}

const LAST = '[core]\n\tignorecase = true\n'

test.each([
  ['includes itself', { config: `${'[include]\npath = config\n'.repeat(500)}${LAST}` }],
  [
    'includes others that include it',
    { config: `${'[include]\npath = one\n'.repeat(30)}${LAST}`, one: '[include]\npath = config\n'.repeat(30) },
  ],
  ['has a section that is never closed', { config: `[a${' '.repeat(900_000)}\n${LAST}` }],
  ['has a named section that is never closed', { config: `[a "${'b'.repeat(900_000)}\n${LAST}` }],
  ['has quotes without end', { config: `[a]\nb = ${'"'.repeat(900_001)}\n${LAST}` }],
  ['has escapes without end', { config: `[a]\nb = "${'\\"'.repeat(450_000)}\n${LAST}` }],
  [
    'has a condition of a million letters',
    { config: `[includeIf "gitdir:*${'a'.repeat(900_000)}"]\npath = x\n${LAST}` },
  ],
])('a configuration of git that %s is read in time proportional to its size', (_, files) => {
  const seconds = secondsOf(() => expect(settingsIn(files)).toMatchObject({ ignoresCase: true }))
  expect(seconds).toBeLessThan(2)
})

test('files that a configuration of git includes count, each time that it does', () => {
  const files = {
    config: '[include]\npath = one\n[include]\npath = two\n',
    one: LAST,
    two: '[core]\nignorecase = no\n',
  }
  expect(settingsIn(files)).toMatchObject({ ignoresCase: false })
  expect(settingsIn({ ...files, two: '[include]\npath = one\n' })).toMatchObject({ ignoresCase: true })
})

describe('an index of git', () => {
  test.each([
    ['in which each path is longer than the one before', () => growingIndex(100_000)],
    ['that removes four billion entries', () => removingIndex()],
  ])('%s takes neither time nor memory', (_, index) => {
    const git = gitFolder({ index: index() })
    const before = process.memoryUsage()
    const seconds = secondsOf(() => expect([...readTrackedPaths(git, 20)]).toEqual([]))
    const after = process.memoryUsage()
    expect(seconds).toBeLessThan(2)
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(300 * 2 ** 20)
  })

  test('with some longer paths is read', () => {
    expect([...readTrackedPaths(gitFolder({ index: growingIndex(1000) }), 20)]).toHaveLength(1000)
  })
})

describe('files that set encodings', () => {
  const inside = (
    outer: TextEncodings,
    prefix: string,
    name: '.editorconfig' | '.vscode/settings.json',
    text: string,
  ) => outer.inside(prefix, [{ name, bytes: Buffer.from(text) }])

  test.each([
    ['.editorconfig', 'of choices in one section', `[${'{a,b}'.repeat(90)}]\n${'charset=latin1\n'.repeat(4000)}`],
    ['.editorconfig', 'of choices in each section', `[${'{a,b}'.repeat(90)}]\ncharset=latin1\n`.repeat(135)],
    ['.editorconfig', 'of commas', `[{${','.repeat(480)}]\ncharset=latin1\n`.repeat(130)],
    ['.vscode/settings.json', 'of lines', '\n'.repeat(65_000)],
    ['.vscode/settings.json', 'of blanks', `"[a]":{${' '.repeat(65_000)}`],
    ['.vscode/settings.json', 'of languages', `"${'[a]'.repeat(21_000)}`],
  ] as const)('%s %s is read in time proportional to its size', (name, _, text) => {
    expect(secondsOf(() => inside(TextEncodings.NONE, '', name, text))).toBeLessThan(1)
  })

  test('cost no more in deep folders, where only the outer ones count', () => {
    let encodings = TextEncodings.NONE
    let prefix = ''
    const text = Array.from({ length: 200 }, (_, at) => `[*x${at}*y?]\ncharset=latin1\n`).join('')
    for (let depth = 0; depth < 300; depth++) {
      encodings = inside(encodings, prefix, '.editorconfig', text)
      prefix += 'd/'
    }
    const seconds = secondsOf(() => {
      for (let file = 0; file < 2000; file++) expect(encodings.of(`${prefix}file${file}.c`)).toBeUndefined()
    })
    expect(encodings.of(`${prefix}x7yy`)).toBe('latin1')
    expect(seconds).toBeLessThan(3)
  })
})
