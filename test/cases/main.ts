import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Checks that fail so far, one per line as `set case: check`. Entries are only ever removed. */
const KNOWN = fileURLToPath(new URL('./known-to-fail.txt', import.meta.url))
const LINE = /^(ok|FAIL) +(.+?)(?: \((?:got|optional)\b.*)?$/

/**
 * Runs the scenarios of the given folders. Each folder has a `run.py` that prints `ok|FAIL case: check`. Returns 1 if a
 * check fails that is not in known-to-fail.txt. Reports listed checks that pass; `--write` removes them from the list.
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
  for (const check of unknown) process.stdout.write(`fails but is not in known-to-fail.txt: ${check}\n`)
  for (const check of mended) process.stdout.write(`holds; remove it from known-to-fail.txt: ${check}\n`)
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

/** Returns whether each check of a set holds. A check that is printed several times must hold every time. */
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
