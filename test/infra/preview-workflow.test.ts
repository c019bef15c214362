import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCommand } from '../../infra/cli/program.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: object
  readonly concurrency?: unknown
  readonly jobs: Readonly<
    Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; if?: string; steps: Step[] }>
  >
}

const FOLDER = new URL('../../.github/workflows/', import.meta.url).pathname
const all = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')] as const)
const workflow = (name: string) => parse(readFileSync(join(FOLDER, name), 'utf8')) as Workflow
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps)

describe.each(all)('the workflow %s', (name, text) => {
  const own = workflow(name)

  test('has no permissions except those of its jobs, and time limits', () => {
    expect(own.permissions).toEqual({})
    for (const [job, { permissions, 'timeout-minutes': timeout }] of Object.entries(own.jobs)) {
      expect(permissions, job).toBeDefined()
      expect(timeout, job).toBeLessThanOrEqual(60)
    }
  })

  test('never runs the code of a pull request with the permissions of this repository', () => {
    expect(own.on).not.toHaveProperty('pull_request_target')
    const writes = Object.values(own.jobs).filter(({ permissions }) =>
      Object.values(permissions ?? {}).includes('write'),
    )
    // Only people who may write to the repository can push a tag.
    const isOfPullRequests = Object.keys(own.on).some((event) => event !== 'push')
    for (const { steps } of isOfPullRequests ? writes : []) {
      expect(steps.filter(({ uses }) => uses !== undefined)).toEqual([])
    }
    const checkouts = stepsOf(own).filter(({ uses }) => uses?.startsWith('actions/checkout'))
    for (const { with: given } of checkouts) expect(given).toMatchObject({ 'persist-credentials': false })
  })

  test('pins each action to a commit, and names the version', () => {
    for (const line of text.split('\n').filter((each) => /\buses:/.test(each))) {
      expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    }
  })

  test('inserts no foreign text into a script', () => {
    for (const { run = '' } of stepsOf(own)) expect(run).not.toContain('${{')
    expect(text).not.toMatch(/secrets: *inherit/)
  })
})

test('a pull request is planned against its base, and only previewed within this repository', () => {
  const { jobs, on, concurrency } = workflow('preview.yml')
  expect(on).toHaveProperty('pull_request')
  expect(concurrency).toMatchObject({ 'cancel-in-progress': true })
  expect(jobs.plan?.steps.map(({ run }) => run)).toContainEqual(
    expect.stringContaining('plan -- --stack prod --against'),
  )
  expect(JSON.stringify(jobs.plan)).not.toContain('secrets.')
  expect(jobs.preview?.if).toContain('head.repo.full_name == github.repository')
})

test('a workflow that waits for the preview writes the comment', () => {
  expect(workflow('preview-comment.yml').on).toMatchObject({
    workflow_run: { workflows: [parse(readFileSync(join(FOLDER, 'preview.yml'), 'utf8')).name], types: ['completed'] },
  })
})

test('the preview is called with existing options', async () => {
  const { run = '' } = stepsOf(workflow('preview.yml')).find((step) => step.run?.includes('run --silent preview')) ?? {}
  const words = (/preview -- (.*?) 2>&1/.exec(run)?.[1] ?? '').split(' ')
  const asked: string[] = []
  await runCommand(['preview', ...words], async ({ stack }) => asked.push(stack))
  expect(asked).toEqual(['prod'])
})

describe('the comment', () => {
  const folder = temporaryFolders()

  /** Returns the comment that the step builds from the texts of a run, with a fake `gh` that answers from files. */
  function commentOn(texts: Readonly<Record<string, string>>): string {
    const at = folder()
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(at, `${name}.txt`), text)
    const program = (name: string, script: string) =>
      writeFileSync(join(at, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 })
    program(
      'gh',
      `case "$*" in
        *'/pulls '*) echo 7 ;;
        */artifacts\\ *) for name in ${Object.keys(texts).join(' ')}; do case "$*" in *"\\"$name\\""*) echo 1 ;; esac; done ;;
      esac`,
    )
    program('unzip', 'cat "$3"')
    const [{ run = '' } = {}] = stepsOf(workflow('preview-comment.yml'))
    execFileSync('bash', ['-eo', 'pipefail', '-c', run], {
      cwd: at,
      stdio: 'pipe',
      env: {
        PATH: `${at}:${process.env.PATH}`,
        REPOSITORY: 'repos/shop',
        RUN: '1',
        URL: 'https://example.com/1',
        SHA: 'abc',
      },
    })
    return readFileSync(join(at, 'comment.md'), 'utf8')
  }

  test('has the headline of each text, and folds the rest', () => {
    const plan =
      'Compared with main (0123): 1 changed, 2 unchanged.\n  Data  not touched\n\n~ Deployment server\n    a → b\n'
    expect(commentOn({ plan, preview: ' ~  codebase/server update: spec\n~ 1 to update, 2 unchanged (3s)\n' })).toBe(
      `<!-- preview -->

\`npm run plan -- --stack prod\`

~~~~~~~~text
Compared with main (0123): 1 changed, 2 unchanged.
  Data  not touched
~~~~~~~~

<details><summary>Full output</summary>

~~~~~~~~text
Compared with main (0123): 1 changed, 2 unchanged.
  Data  not touched

~ Deployment server
    a → b
~~~~~~~~

</details>

\`npm run preview -- --stack prod\`

~~~~~~~~text
~ 1 to update, 2 unchanged (3s)
~~~~~~~~

<details><summary>Full output</summary>

~~~~~~~~text
 ~  codebase/server update: spec
~ 1 to update, 2 unchanged (3s)
~~~~~~~~

</details>

At abc. [The whole run](https://example.com/1)
`,
    )
  })

  test('has no line that is cut at its right edge, and keeps every character', () => {
    const plan = `${'é → '.repeat(60)}\n\n${'ü'.repeat(200)}\n`
    const lines = commentOn({ plan }).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(96)
    expect(lines.join('').match(/ü/g)).toHaveLength(200)
    expect(lines.join('').match(/é/g)).toHaveLength(120)
  })

  test('cannot be escaped by the content of a text', () => {
    const comment = commentOn({ plan: 'a\n\n~~~~~~~~\n</details>\n\u001b[2J' })
    expect(comment).toContain('\n~ ~ ~~ ~ ~~~\n</details>\n[2J\n~~~~~~~~\n')
  })
})
