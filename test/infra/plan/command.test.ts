import { expect, test, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { plan } from '../../../infra/cli/commands/plan.ts'
import { runCommand } from '../../../infra/cli/program.ts'
import type { Plan } from '../../../infra/plan/plan.ts'

const ROOT = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '')

/** Returns the output of the command, its notes, and its exit code. */
async function run(options: Parameters<typeof plan>[1], stack = 'prod', settings: Record<string, string> = {}) {
  vi.resetModules()
  const [printed, noted]: [string[], string[]] = [[], []]
  const terminal = {
    print: (text: string) => void printed.push(text),
    note: (text: string) => void noted.push(text),
    interruption: () => ({ signal: new AbortController().signal, over: () => {} }),
  }
  const exitCode = await plan({ root: ROOT, terminal, asked: { stack, settings, passed: [] } }, options)
  return { exitCode, printed: printed.join('\n'), noted: noted.join('\n') }
}

test('`plan` lists the resources and the violated policies', async () => {
  const { printed, noted } = await run({})
  expect(printed).toMatch(/^The stack prod consists of \d+ resources\.\n {2}Policies +/)
  expect(printed).toMatch(/\n\n {2}Namespace +codebase-mcp/)
  expect(printed).toMatch(/\n( {2}Policies +no violations|advice: |broken: )/)
  expect(noted).toBe('')
})

test('`plan` exits with 1 if a mandatory policy is violated', async () => {
  const { exitCode, printed } = await run({}, 'prod', { 'codebase-mcp:image.reference': 'shop:latest' })
  expect(printed).toMatch(/broken: image-tag\. .*\n +Deployment +server +spec.*shop:latest/)
  expect(exitCode).toBe(1)
})

test('`plan` lists a violated policy, and does not warn of it as well', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { printed } = await run({}, 'prod', { 'codebase-mcp:image.reference': 'shop:latest' })
  const warned = warn.mock.calls.flat().join('\n')
  warn.mockRestore()
  expect(printed).toContain('broken: image-tag.')
  expect(warned).not.toContain('The policy')
})

test('`plan --manifests` prints only YAML, with a name, a namespace and no secret in each object', async () => {
  const { printed, noted } = await run({ manifests: true })
  const documents = parseAllDocuments(printed)
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
  const objects = documents.map((document) => document.toJS() as { kind: string; metadata: Record<string, string> })
  const within = objects.filter(({ kind }) => kind !== 'Namespace')
  expect(within.length).toBeGreaterThan(8)
  for (const { kind, metadata } of objects) expect(metadata.name, kind).toMatch(/^[a-z0-9-]+$/)
  for (const { kind, metadata } of within) expect(metadata.namespace, kind).toBe('codebase-mcp')
  expect(new Set(objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`)).size).toBe(objects.length)
  expect(printed).not.toMatch(/:[^@\s]+@postgres:/)
  expect(noted).not.toBe('')
})

test('`plan --manifests` is refused for a stack without manifests', async () => {
  await expect(run({ manifests: true }, 'dev')).rejects.toThrow(/dev has no Kubernetes objects.*target kubernetes/)
})

test('`plan --json` prints a plan that another revision can be compared with', async () => {
  const { printed } = await run({ json: true })
  expect(JSON.parse(printed) as Plan).toMatchObject({ format: 1, stack: 'prod', outputs: { url: expect.any(String) } })
})

test.each([
  [['plan', '--json', '--manifests'], 'cannot be used with'],
  [['plan', '--manifests', '--against', 'main'], 'cannot be used with'],
  [['plan', '--against'], 'argument missing'],
  [['plan', 'prod'], 'too many arguments'],
])('the arguments %j are refused', async (words, message) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const exitCode = await runCommand(words, () => Promise.reject(new Error('nothing is run')))
  const told = write.mock.calls.join('')
  write.mockRestore()
  expect(exitCode).toBe(1)
  expect(told).toContain(message)
})
