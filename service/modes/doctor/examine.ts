import type { Closers } from '../closers.ts'
import type { Setup } from '../setup.ts'
import { type Check, type Finding, runCheck } from './check.ts'
import { databaseCheck } from './database.ts'
import { findInstallation } from './installation.ts'
import { machineCheck } from './machine.ts'
import { mcpCheck } from './mcp.ts'
import { embeddingCheck, ollamaCheck } from './ollama.ts'
import { foldersCheck, indexCheck } from './repositories.ts'
import { serverCheck } from './server.ts'
import { settingFindings } from './settings.ts'

/** All findings, in the order in which a person reads them. */
export async function examine(setup: Setup, closers: Closers): Promise<Finding[]> {
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
  // A model that is still to be loaded would cost the search of an agent its semantic half.
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
