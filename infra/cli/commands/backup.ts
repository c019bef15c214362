import { relative } from 'node:path'
import { backupName, backupPath } from '../../database/backup-file.ts'
import { dump } from '../../database/dump.ts'
import { Interrupted } from '../../faults.ts'
import { shownBytes } from '../../quantities.ts'
import type { Tools } from '../target.ts'

/** Dumps the database to a file while it is in use. */
export async function backup(tools: Tools, { force = false }: { force?: boolean }): Promise<number> {
  const { asked, terminal } = tools
  const settings = tools.settings()
  const target = await tools.targetOf(settings)
  const { run } = await target.postgres('back it up there with pg_dump --format=custom')
  const name = backupName(settings.name, terminal.now())
  const path = backupPath(terminal.absolute(asked.passed[0] ?? name), name, force)
  const began = terminal.now().getTime()
  const interruption = terminal.interruption()
  try {
    const { bytes } = await dump(path, { progress: terminal.progress, run, signal: interruption.signal })
    const seconds = ((terminal.now().getTime() - began) / 1000).toFixed(1)
    terminal.print(
      `${shortest(path, terminal.absolute('.'))}: ${shownBytes(bytes)} in ${seconds} s, written and read back`,
    )
    return 0
  } catch (error) {
    if (interruption.signal.aborted) throw new Interrupted('Interrupted: no backup was written')
    throw error
  } finally {
    interruption.over()
  }
}

function shortest(path: string, from: string): string {
  const short = relative(from, path)
  return short.startsWith('..') ? path : short
}
