import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROJECT } from '../../settings/config.ts'
import type { Asked } from '../arguments.ts'
import { Refused } from '../faults.ts'
import { given, type Tools, UNASKED } from '../tools.ts'

/** Removes the containers; with `data` also what outlives them. */
export async function down(asked: Asked, tools: Tools, { data = false }: { data?: boolean }): Promise<number> {
  const { pulumi, terminal } = tools
  const state = await pulumi.state()
  if (state === undefined || state.resources.length === 0) {
    terminal.print(`The stack ${asked.stack} has nothing to remove.`)
    return 0
  }
  return data ? removeAll(asked, tools) : stop(asked, tools)
}

async function stop(asked: Asked, { root, pulumi, terminal }: Tools): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-mcp-'))
  try {
    // The CLI saves a setting that it is given, and this one holds only until the next `up`.
    const copy = join(folder, 'stack.yaml')
    const file = asked.configFile ?? join(root, `Pulumi.${asked.stack}.yaml`)
    if (existsSync(file)) copyFileSync(file, copy)
    const command = ['up', '--suppress-outputs', ...UNASKED, ...given(asked), '--config', `${PROJECT}:running=false`]
    const exitCode = await pulumi.run([...command, ...asked.passed], copy)
    if (exitCode === 0) terminal.print('The index and the model are kept; `npm run down -- --data` removes them too.')
    return exitCode
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function removeAll(asked: Asked, { pulumi, terminal }: Tools): Promise<number> {
  if (!asked.passed.includes('--yes')) {
    if (!terminal.isInteractive) throw new Refused('Nobody can be asked here: add --yes to remove the data for good')
    const answer = await terminal.ask(`This removes the index and the model for good. The stack's name, to go on: `)
    if (answer !== asked.stack) throw new Refused('Nothing was removed')
  }
  await pulumi.unprotect()
  return pulumi.run(['destroy', '--yes', '--skip-preview', ...asked.passed.filter((word) => word !== '--yes')])
}
