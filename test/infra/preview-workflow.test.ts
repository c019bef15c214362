import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runCommand } from '../../infra/cli/program.ts'

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
const { scripts: SCRIPTS } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
const all = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')] as const)
const workflow = (name: string) => parse(readFileSync(join(FOLDER, name), 'utf8')) as Workflow
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps)

describe.each(all)('the workflow %s', (name, text) => {
  const own = workflow(name)

  test('has no right but what a job asks for, and an end', () => {
    expect(own.permissions).toEqual({})
    for (const [job, { permissions, 'timeout-minutes': timeout }] of Object.entries(own.jobs)) {
      expect(permissions, job).toBeDefined()
      expect(timeout, job).toBeLessThanOrEqual(60)
    }
  })

  test('never runs the code of a pull request with the rights of this repository', () => {
    expect(own.on).not.toHaveProperty('pull_request_target')
    const writes = Object.values(own.jobs).filter(({ permissions }) =>
      Object.values(permissions ?? {}).includes('write'),
    )
    // A tag is pushed by who may write anyway.
    const isOfPullRequests = Object.keys(own.on).some((event) => event !== 'push')
    for (const { steps } of isOfPullRequests ? writes : []) {
      expect(steps.filter(({ uses }) => uses !== undefined)).toEqual([])
    }
    const checkouts = stepsOf(own).filter(({ uses }) => uses?.startsWith('actions/checkout'))
    for (const { with: given } of checkouts) expect(given).toMatchObject({ 'persist-credentials': false })
  })

  test('takes each action at a commit, and says which version that is', () => {
    for (const line of text.split('\n').filter((each) => /\buses:/.test(each))) {
      expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    }
  })

  test('runs scripts that this project has, with options that they take', async () => {
    const runs = stepsOf(own).flatMap(({ run = '' }) => [...run.matchAll(/npm run (?:--silent )?([^\n|&;']+)/g)])
    for (const [line, words = ''] of runs) {
      const [script = '', ...rest] = words
        .replace(/\d?>.*$/, '')
        .trim()
        .split(/\s+/)
      expect(SCRIPTS, line).toHaveProperty([script])
      const [, command] = /^node infra\/cli\.ts (\w+)$/.exec(SCRIPTS[script] ?? '') ?? []
      if (command === undefined) continue
      const given = rest.filter((word) => word !== '--')
      expect(await runCommand([command, ...given], () => Promise.resolve(0)), line).toBe(0)
    }
  })

  test('has nothing that somebody else wrote in a script', () => {
    for (const { run = '' } of stepsOf(own)) expect(run).not.toContain('${{')
    expect(text).not.toMatch(/secrets: *inherit/)
  })
})

test('a pull request is planned against what it goes into, and its preview is for this repository alone', () => {
  const { jobs, on, concurrency } = workflow('preview.yml')
  expect(on).toHaveProperty('pull_request')
  expect(concurrency).toMatchObject({ 'cancel-in-progress': true })
  expect(jobs.plan?.steps.map(({ run }) => run)).toContainEqual(
    expect.stringContaining('plan -- --stack prod --against'),
  )
  expect(JSON.stringify(jobs.plan)).not.toContain('secrets.')
  expect(jobs.preview?.if).toContain('head.repo.full_name == github.repository')
})

test('the comment comes from a workflow that waits for that one', () => {
  expect(workflow('preview-comment.yml').on).toMatchObject({
    workflow_run: { workflows: [parse(readFileSync(join(FOLDER, 'preview.yml'), 'utf8')).name], types: ['completed'] },
  })
})
