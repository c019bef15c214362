import { SECOND } from '../units.ts'
import { type Closers, closeAfter } from './closers.ts'
import { type Check, type Finding, overall, runCheck, type State } from './doctor/check.ts'
import { databaseCheck } from './doctor/database.ts'
import { findInstallation } from './doctor/installation.ts'
import { machineCheck } from './doctor/machine.ts'
import { mcpCheck } from './doctor/mcp.ts'
import { embeddingCheck, ollamaCheck } from './doctor/ollama.ts'
import { foldersCheck, indexCheck } from './doctor/repositories.ts'
import { serverCheck } from './doctor/server.ts'
import { settingFindings } from './doctor/settings.ts'
import type { Setup } from './setup.ts'

const CLOSE_MS = 2 * SECOND

/** Finds problems and prints their remedies. Returns 1 if a check fails; warnings pass. */
export async function doctor(setup: Setup, { json }: { json?: true }): Promise<number> {
  const { terminal, log } = setup
  const code = await closeAfter(log, CLOSE_MS, async (closers) => {
    const findings = await examine(setup, closers)
    if (json) terminal.print(reportJson(findings))
    else reportLines(findings).forEach(terminal.print)
    return overall(findings) === 'failing' ? 1 : 0
  })
  // A server that never answered may keep its connection open for long.
  setTimeout(() => process.exit(code), CLOSE_MS).unref()
  return code
}

/** Returns all findings, in the order in which people read them. */
async function examine(setup: Setup, closers: Closers): Promise<Finding[]> {
  const installation = findInstallation(setup, closers)
  const under = new Set<string>()
  const show = () => under.size > 0 && setup.terminal.replaceLine?.(`checking ${[...under].join(', ')}`)
  const run = async (check: Check) => {
    under.add(check.name)
    show()
    const found = await runCheck(check, installation.faulty)
    under.delete(check.name)
    show()
    return found
  }
  // Run this before the agent's search, which would miss its semantic half while the model loads.
  const embedding = run(ollamaCheck(installation)).then(async (ollama) => {
    const usable = ollama.every(({ state }) => state === 'ok')
    return usable ? [...ollama, ...(await run(embeddingCheck(installation)))] : ollama
  })
  const found = await Promise.all([
    run(machineCheck(installation)),
    run(databaseCheck(installation)),
    embedding,
    run(foldersCheck(installation)),
    run(indexCheck(installation)),
    run(serverCheck(installation)),
    embedding.then(() => run(mcpCheck(installation))),
  ])
  return [...settingFindings(setup.config, setup.settingFaults), ...found.flat()]
}

const MARKS: Record<State, string> = { ok: 'ok', warning: '! warning', failing: 'x failing' }
const MARK_WIDTH = 11

/** Returns a line for each finding, followed by its remedy, and a last line with counts. */
export function reportLines(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length)) + 2
  const indent = ' '.repeat(MARK_WIDTH + width)
  const lines = findings.flatMap(({ name, state, detail, remedy }) => [
    MARKS[state].padEnd(MARK_WIDTH) + name.padEnd(width) + oneLine(detail),
    ...(remedy === undefined ? [] : [indent + oneLine(remedy)]),
  ])
  return [...lines, '', summary(findings)]
}

export function reportJson(findings: readonly Finding[]): string {
  return JSON.stringify({ state: overall(findings), checks: findings }, null, 2)
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

function summary(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length
  const failing = count('failing')
  const warnings = count('warning')
  return `${failing === 0 ? 'Nothing fails' : `${failing} failing`}, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('ok')} ok`
}
