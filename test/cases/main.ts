import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Checks that do not hold yet, one a line as `set case: check`. The list only shrinks. */
const KNOWN = fileURLToPath(new URL('./known-to-fail.txt', import.meta.url))
const LINE = /^(ok|FAIL) +(.+?)(?: \((?:got|optional)\b.*)?$/

/**
 * Runs the situations of the folders given, each with a `run.py` that prints `ok|FAIL case: check`, and compares what
 * fails with the list of what is known to: 1 where something else fails. What is on the list and holds by now is told;
 * `--write` takes it off the list.
 */
async function main(given: readonly string[]): Promise<number> {
  const folders = given.filter((argument) => !argument.startsWith('--'))
  const known = new Set(readFileSync(KNOWN, 'utf8').split('\n').filter(Boolean))
  const results = new Map<string, boolean>()
  for (const folder of folders) {
    if (!existsSync(`${folder}/run.py`)) throw new Error(`${folder} has no run.py`)
    for (const [check, holds] of await run(folder)) results.set(check, holds)
  }
  const failed = [...results].filter(([, holds]) => !holds).map(([check]) => check)
  const unknown = failed.filter((check) => !known.has(check))
  const mended = [...known].filter((check) => results.get(check) === true)
  for (const check of unknown) process.stdout.write(`fails, and is not known to: ${check}\n`)
  for (const check of mended) process.stdout.write(`holds by now, take it off the list: ${check}\n`)
  if (given.includes('--write')) {
    writeFileSync(
      KNOWN,
      [...known]
        .filter((check) => !mended.includes(check))
        .map((check) => `${check}\n`)
        .join(''),
    )
  }
  process.stdout.write(`${results.size - failed.length} of ${results.size} checks hold\n`)
  process.stdout.write(`cases: ${results.size - unknown.length} passed, ${unknown.length} failed\n`)
  return unknown.length === 0 && results.size > 0 ? 0 : 1
}

/** What holds of each check of a set; a check that is tried several times holds where it always does. */
async function run(folder: string): Promise<Map<string, boolean>> {
  const set = folder.split('/').filter(Boolean).at(-1)
  const child = spawn(`${folder}/run.py`, { stdio: ['ignore', 'pipe', 'inherit'] })
  const results = new Map<string, boolean>()
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`)
    const [, outcome, check] = LINE.exec(line) ?? []
    if (check === undefined || line.includes('(optional)')) continue
    const name = `${set} ${check}`
    results.set(name, (results.get(name) ?? true) && outcome === 'ok')
  }
  return results
}

process.exitCode = await main(process.argv.slice(2))
