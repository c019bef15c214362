import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Interrupted, Refused } from '../../../infra/faults.ts'
import { planAt } from '../../../infra/plan/revision.ts'
import { planWith } from './plans.ts'

let folder: string
let root: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'plan-revision-')))
  root = join(folder, 'shop')
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(join(root, 'node_modules', 'marker'), '')
  git('init', '--quiet')
})

afterEach(() => rmSync(folder, { recursive: true }))

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  })

/** Commits a project whose plan is the output of `program`. */
function commit(program: string): string {
  const files = { 'infra/cli.ts': program, 'infra/cli/commands/plan.ts': '', 'Pulumi.prod.yaml': '' }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  git('add', 'infra', 'Pulumi.prod.yaml')
  git('commit', '--quiet', '--message', 'A project')
  return git('rev-parse', 'HEAD').trim()
}

const TELLING = `
import { existsSync } from 'node:fs'
const plan = ${JSON.stringify(planWith())}
const outputs = { words: process.argv.slice(2), place: process.cwd(), linked: existsSync('node_modules/marker') }
console.log(JSON.stringify({ ...plan, outputs }))
`

const asked = { stack: 'prod', settings: { 'codebase-mcp:name': 'mine' }, passed: [] }
const at = (revision: string, signal = new AbortController().signal) => planAt(revision, root, asked, signal)

const leftBehind = () => git('worktree', 'list', '--porcelain').match(/^worktree /gm)?.length !== 1

describe('the plan of another revision', () => {
  test('is the output of its own program, with its own settings and the installed packages', async () => {
    const commitId = commit(TELLING)
    rmSync(join(root, 'infra'), { recursive: true })
    const { title, plan } = await at('HEAD')
    expect(title).toBe(`HEAD (${commitId.slice(0, 10)})`)
    expect(plan.outputs).toEqual({
      words: ['plan', '--json', '--stack', 'prod'],
      // The plan shows this folder in place of that of the checkout, so that paths do not differ.
      place: root,
      linked: true,
    })
    expect(leftBehind()).toBe(false)
  })

  test('uses its own stack file, whatever the command says', async () => {
    commit(TELLING)
    const { plan } = await planAt('HEAD', root, { ...asked, configFile: 'mine.yaml' }, new AbortController().signal)
    expect(plan.outputs.words).toEqual(['plan', '--json', '--stack', 'prod'])
  })

  test('reads the named file if it has no stack file', async () => {
    commit(TELLING)
    const words = async (configFile: string) => {
      const { plan } = await planAt('HEAD', root, { ...asked, stack: 'mine', configFile }, new AbortController().signal)
      return (plan.outputs.words as string[]).at(-1)
    }
    expect(await words('mine.yaml')).toBe(join(root, 'mine.yaml'))
    expect(await words('../mine.yaml')).toBe(join(folder, 'mine.yaml'))
  })

  test('leaves nothing behind if its program fails, and says why', async () => {
    commit("process.stderr.write('There is no Pulumi.prod.yaml'); process.exitCode = 1")
    await expect(at('HEAD')).rejects.toThrow(
      /This stack cannot be planned at HEAD \(.*\):\nThere is no Pulumi\.prod\.yaml$/,
    )
    expect(leftBehind()).toBe(false)
  })

  test('leaves nothing behind if it is interrupted', async () => {
    commit("console.error('under way'); setInterval(() => {}, 1000)")
    await expect(at('HEAD', AbortSignal.timeout(200))).rejects.toThrow(Interrupted)
    expect(leftBehind()).toBe(false)
  })

  test('starts no git hook of this machine', async () => {
    commit(TELLING)
    writeFileSync(join(root, '.git', 'hooks', 'post-checkout'), `#!/bin/sh\ntouch "${folder}/hooked"\n`, {
      mode: 0o755,
    })
    await at('HEAD')
    expect(existsSync(join(folder, 'hooked'))).toBe(false)
  })

  test('touches neither the checkout nor uncommitted changes', async () => {
    commit(TELLING)
    writeFileSync(join(root, 'Pulumi.prod.yaml'), 'changed')
    await at('HEAD')
    expect(git('status', '--porcelain', '--untracked-files=no').trim()).toBe('M Pulumi.prod.yaml')
    expect(readdirSync(root)).toEqual(expect.arrayContaining(['node_modules', 'infra']))
  })

  test.each([
    ['nope', 'There is no revision "nope" in this repository'],
    ['--all', 'There is no revision "--all" in this repository'],
  ])('is refused if the revision %s does not exist', async (revision, message) => {
    commit(TELLING)
    await expect(at(revision)).rejects.toThrow(message)
  })

  test('is refused if the revision lacks the command, or writes another format', async () => {
    commit(TELLING)
    git('rm', '--quiet', '--cached', 'infra/cli/commands/plan.ts')
    git('commit', '--quiet', '--message', 'Without a plan')
    await expect(at('HEAD')).rejects.toThrow(Refused)
    await expect(at('HEAD')).rejects.toThrow(/has no `npm run plan` yet/)
    commit('console.log(\'{"format":0}\')')
    await expect(at('HEAD')).rejects.toThrow(/in another form/)
  })
})
