import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readStackConfig } from '../../infra/plan/stack-config.ts'
import { isOnPath } from '../../infra/processes.ts'
import { ALL_DESCRIBED } from '../../infra/settings/described.ts'
import manifest from '../../package.json' with { type: 'json' }
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { blocksIn, markdownFiles, ROOT, textOf } from './markdown.ts'

const RUN = /^\s*(?:[A-Z_]+=\S+ )*npm (?:run )?(--silent )?([a-z][\w:-]*)/
const OWN_OF_NPM = ['ci', 'install', 'i', 'start', 'test', 'run', 'exec', 'pack']

/** Returns the scripts that a text mentions, in code blocks and inline. */
function scriptsIn(text: string): string[] {
  const lines = blocksIn(text).flatMap((block) => block.split(/\n|&&/))
  const inline = [...text.matchAll(/`([^`\n]*npm run [^`\n]*)`/g)].map(([, code = '']) => code)
  return [...lines, ...inline].flatMap((line) => RUN.exec(line.trim())?.[2] ?? [])
}

describe('commands in Markdown', () => {
  test.each(markdownFiles())('of %s run existing scripts', (path) => {
    const known = [...Object.keys(manifest.scripts), ...OWN_OF_NPM]
    expect(scriptsIn(textOf(path)).filter((script) => !known.includes(script))).toEqual([])
  })

  test('are found in code blocks and inline', () => {
    expect(scriptsIn('```\nnpm ci && npm run up -- --stack prod\n```\nand `npm run nothing`')).toEqual([
      'ci',
      'up',
      'nothing',
    ])
  })
})

const SETTING = /^(.*?)pulumi (?:-- )?config set\b(.*)/

/** Commands that set a value, with what comes before `pulumi` and the words after `config set`. */
function settingsIn(text: string) {
  const lines = [
    ...blocksIn(text).flatMap((block) => block.split('\n')),
    ...[...text.matchAll(/`([^`\n]*config set[^`\n]*)`/g)].map(([, code = '']) => code),
  ]
  return lines.flatMap((line) => {
    const [, before, words] = SETTING.exec(line.replace(/ +# .*/, '').trim()) ?? []
    return before === undefined || words === undefined ? [] : [{ before, words: words.trim().split(/\s+/) }]
  })
}

const SET = markdownFiles().flatMap((path) => settingsIn(textOf(path)).map((each) => ({ path, ...each })))
const keyOf = (words: readonly string[]) => words.find((word) => /^'?codebase-mcp:/.test(word))?.replaceAll("'", '')
const temporaryFolder = temporaryFolders()

describe('commands that set a value', () => {
  test('are those of the project, whose backend and passphrase a reader has', () => {
    expect(SET.length).toBeGreaterThan(10)
    expect(SET.filter(({ before }) => before !== 'npm run ')).toEqual([])
  })

  test('name settings that there are', () => {
    const known = ALL_DESCRIBED.map(({ key }) => key)
    const unknown = SET.flatMap(({ words }) => keyOf(words) ?? []).filter((key) => {
      const [, name = ''] = /^codebase-mcp:([\w.]+)/.exec(key) ?? []
      return !known.some((each) => each === name || (name.startsWith(`${each}.`) && !known.includes(name)))
    })
    expect(unknown).toEqual([])
  })

  // One of each form, because each run of the CLI takes a second.
  const forms = Map.groupBy(
    SET.filter(({ words }) => keyOf(words) !== undefined && !words.at(-1)?.includes('codebase-mcp:')),
    ({ words }) => words.filter((word) => /^-|\[/.test(word)).join(' '),
  )

  // The CLI is no part of the packages.
  test.skipIf(!isOnPath('pulumi', process.env))(
    'set it, also before the first `up`',
    () => {
      const folder = temporaryFolder()
      const env = { ...process.env, PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: 'of the test' }
      const file = join(folder, 'Pulumi.dev.yaml')
      for (const [first] of forms.values()) {
        const words = first?.words ?? []
        const plain = words.map((word) => word.replaceAll(/['"]/g, ''))
        const own = ['infra/cli.ts', 'pulumi', 'config', 'set', '--config-file', file, ...plain]
        const { status, stderr } = spawnSync(process.execPath, own, { cwd: ROOT, env, encoding: 'utf8' })
        expect(stderr).toBe('')
        expect(status, words.join(' ')).toBe(0)
      }
      const { values } = readStackConfig(ROOT, { stack: 'dev', configFile: file, settings: {} })
      const set = [...forms.values()].flatMap(([first]) => keyOf(first?.words ?? []) ?? [])
      expect(set.length).toBeGreaterThan(2)
      for (const key of set) expect(values).toHaveProperty([`codebase-mcp:${/:(\w+)/.exec(key)?.[1]}`])
    },
    300_000,
  )
})
