import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const PACKAGE = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')
const COMMAND = join(dirname(PACKAGE), 'dist', 'index.js')

interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
}

const NOT_ENDED: Check = { id: 'runs-to-its-end', status: 'FAILURE', errorMessage: 'It ended without any check' }

/** Messages of the failed checks, by check, of every scenario that ran. */
export type Failures = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Runs every scenario that a revision defines for servers against the one at `url`. */
export async function runSuite(url: string, revision: string): Promise<Failures> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    const args = ['server', '--url', url, '--requirements', revision, '--output-dir', folder]
    // The exit code only covers what the revision requires. The caller judges every scenario that ran.
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [COMMAND, ...args], (_, stdout, stderr) => resolve(stdout + stderr))
    })
    const results = await readdir(folder)
    const announced = Number(/\((\d+) scenarios\)/.exec(output)?.[1])
    if (results.length !== announced) throw new Error(`${results.length} of ${announced} scenarios ran:\n${output}`)
    return new Map(await Promise.all(results.map((name) => failuresIn(folder, name))))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function failuresIn(folder: string, result: string): Promise<readonly [string, ReadonlyMap<string, string>]> {
  const file = join(folder, result, 'checks.json')
  // A scenario that throws leaves an empty folder.
  const checks: readonly Check[] = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : [NOT_ENDED]
  const failed = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
  const scenario = result.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
  return [scenario, new Map(failed.map(({ id, errorMessage }) => [id, errorMessage ?? 'failed']))]
}

// Every message must be valid, even in a scenario that the service does not offer.
const ALWAYS = ['wire-schema-valid', 'wire-schema-harness-error']

/**
 * Returns the failures that `excepted` does not list, and the entries that did not fail. An entry is `scenario` or
 * `scenario:check`.
 */
export function judge(failures: Failures, excepted: readonly string[]) {
  const failed = [...failures].flatMap(([scenario, checks]) =>
    [...checks].map(([check, message]) => ({ scenario, check, message })),
  )
  const covers = (entry: string, { scenario, check }: (typeof failed)[number]) =>
    entry === `${scenario}:${check}` || (entry === scenario && !ALWAYS.includes(check))
  return {
    unexpected: failed.filter((one) => !excepted.some((entry) => covers(entry, one))),
    superfluous: excepted.filter((entry) => !failed.some((one) => covers(entry, one))),
  }
}
