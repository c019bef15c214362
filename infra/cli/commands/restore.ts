import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Archive, lackingTables } from '../../database/archive.ts'
import { checkBackupFile } from '../../database/backup-file.ts'
import { archiveIn } from '../../database/dump.ts'
import { restoreDatabase } from '../../database/restore.ts'
import { makeDatabase } from '../../database/statements.ts'
import { Refused } from '../../faults.ts'
import { shownBytes } from '../../quantities.ts'
import type { Tools } from '../target.ts'
import { agreed } from '../terminal.ts'

/** Replaces the database of the stack with a backup. */
export async function restore(tools: Tools, { yes = false }: { yes?: boolean }): Promise<number> {
  const { asked, terminal } = tools
  const target = await tools.targetOf(tools.settings())
  const service = await target.restoring()
  const { run } = await target.postgres('restore it there with pg_restore')
  const path = terminal.absolute(asked.passed[0] ?? '')
  const { bytes } = await checkBackupFile(path)
  const archive = await archiveIn(path, { run })
  refuseOthers(path, archive)
  const question = `This replaces the index of the stack ${asked.stack} with that of ${archive.made}.`
  await agreed({ yes, question, answer: asked.stack, otherwise: 'Nothing was replaced' }, terminal)
  const began = terminal.now().getTime()
  const interruption = terminal.interruption()
  try {
    await restoreDatabase(path, bytes, {
      note: terminal.note,
      progress: terminal.progress,
      run,
      signal: interruption.signal,
      database: makeDatabase(run),
      service,
      newest: newestMigration(tools.root),
    })
  } finally {
    interruption.over()
  }
  const seconds = ((terminal.now().getTime() - began) / 1000).toFixed(1)
  terminal.print(`${shownBytes(bytes)} restored in ${seconds} s; the server uses it.`)
  return 0
}

function refuseOthers(path: string, archive: Archive): void {
  const lacking = lackingTables(archive)
  if (lacking.length > 0) {
    throw new Refused(`${path} is a backup of another database: it has no table ${lacking.join(', ')}`)
  }
}

/** Returns the number of the newest migration in this checkout, from which the image is built. */
function newestMigration(root: string): number {
  const names = readdirSync(join(root, 'service', 'store', 'migrations'))
  return Math.max(0, ...names.map((name) => Number.parseInt(name, 10)).filter(Number.isFinite))
}
