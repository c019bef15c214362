import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { KubernetesSettings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import { wordsTo } from '../cluster/kubectl.ts'
import { type Archive, lackingTables } from '../day-two/database/archive.ts'
import { checkBackupFile } from '../day-two/database/backup-file.ts'
import { makeDatabase } from '../day-two/database/database.ts'
import { archiveIn } from '../day-two/database/dump.ts'
import { restoreDatabase } from '../day-two/database/restore.ts'
import { makeService } from '../day-two/database/service.ts'
import { shownBytes } from '../day-two/quantities.ts'
import { runningPostgres, settingsOfStack, stackOnDocker } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { Interrupted, Refused } from '../faults.ts'

/** Puts a backup in the place of the database of the stack. */
export async function restore(asked: Asked, tools: DayTwoTools, { yes = false }: { yes?: boolean }): Promise<number> {
  const settings = await settingsOfStack(asked, tools)
  if (settings.target === 'kubernetes') throw new Refused(onCluster(settings))
  const stack = await stackOnDocker(settings, tools)
  const container = runningPostgres(stack, 'restore it where it is, with pg_restore')
  const path = tools.absolute(asked.passed[0] ?? '')
  const { bytes } = await checkBackupFile(path)
  const archive = await archiveIn(path, { ...tools, container })
  refuseOthers(path, archive)
  if (!yes) await confirm(asked.stack, archive, tools)
  const began = tools.now()
  const interruption = tools.interruption()
  try {
    await restoreDatabase(path, bytes, {
      ...tools,
      ...tools.notes,
      container,
      signal: interruption.signal,
      database: makeDatabase(tools.containers, container),
      service: makeService(stack.settings.name, stack.parts, { ...tools, isReady }),
      newest: newestMigration(tools.root),
    })
  } finally {
    interruption.over()
  }
  const seconds = ((tools.now().getTime() - began.getTime()) / 1000).toFixed(1)
  tools.terminal.print(`${shownBytes(bytes)} restored in ${seconds} s; the server answers from it.`)
  return 0
}

/** There it is done where the backups are. */
function onCluster({ cluster }: KubernetesSettings): string {
  const job = `kubectl ${wordsTo(cluster).join(' ')} create job restore --from=cronjob/${cluster.prefix}restore`
  return `\`npm run restore\` is for stacks on Docker. On Kubernetes a Job puts one of the stack's own backups in the place of the database, once the servers are stopped: ${job}; docs/backup.md, "Restoring", has every line`
}

function refuseOthers(path: string, archive: Archive): void {
  const lacking = lackingTables(archive)
  if (lacking.length > 0) {
    throw new Refused(`${path} is the backup of another database: it has no table ${lacking.join(', ')}`)
  }
}

async function confirm(stack: string, { made }: Archive, { terminal }: DayTwoTools): Promise<void> {
  if (!terminal.isInteractive) throw new Refused('Nobody can be asked here: add --yes to replace the index')
  const question = `This replaces the index of the stack ${stack} by that of ${made}. The stack's name, to go on: `
  const answer = await terminal.ask(question).catch((error: Error) => {
    throw error.name === 'AbortError' ? new Interrupted('\nNothing was replaced') : error
  })
  if (answer !== stack) throw new Refused('Nothing was replaced')
}

/** Of this checkout, which the image is built from. */
function newestMigration(root: string): number {
  const names = readdirSync(join(root, 'service', 'store', 'migrations'))
  return Math.max(0, ...names.map((name) => Number.parseInt(name, 10)).filter(Number.isFinite))
}

const READY_TIMEOUT_MS = 2_000

async function isReady(address: string): Promise<boolean> {
  try {
    return (await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) })).ok
  } catch {
    return false
  }
}
