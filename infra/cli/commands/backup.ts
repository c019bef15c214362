import { relative } from 'node:path'
import type { Settings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import { backupName, backupPath } from '../day-two/database/backup-file.ts'
import { type DumpTools, dump } from '../day-two/database/dump.ts'
import { shownBytes } from '../day-two/quantities.ts'
import { runningPostgres, settingsOfStack, stackOnDocker } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { Interrupted } from '../faults.ts'

/** Writes the database into a file, while it is in use. */
export async function backup(
  asked: Asked,
  tools: DayTwoTools,
  { force = false }: { force?: boolean },
): Promise<number> {
  const settings = await settingsOfStack(asked, tools)
  const { containers, container } = await placeOf(settings, tools)
  const name = backupName(settings.name, tools.now())
  const path = backupPath(tools.absolute(asked.passed[0] ?? name), name, force)
  const began = tools.now()
  const interruption = tools.interruption()
  try {
    const { bytes } = await dump(path, { ...tools.notes, containers, container, signal: interruption.signal })
    const seconds = ((tools.now().getTime() - began.getTime()) / 1000).toFixed(1)
    tools.terminal.print(
      `${shortest(path, tools.absolute('.'))}: ${shownBytes(bytes)} in ${seconds} s, written and read again`,
    )
    return 0
  } catch (error) {
    if (interruption.signal.aborted) throw new Interrupted('Interrupted: no backup was written')
    throw error
  } finally {
    interruption.over()
  }
}

/** Where the stack's own Postgres runs, and how programs are run there. @throws Refused */
async function placeOf(settings: Settings, tools: DayTwoTools): Promise<Pick<DumpTools, 'containers' | 'container'>> {
  if (settings.target === 'docker') {
    return { ...tools, container: runningPostgres(await stackOnDocker(settings, tools), ELSEWHERE) }
  }
  const { reach, readyPostgres } = await import('../cluster/day-two/stack.ts')
  const kubectl = await reach(settings, tools)
  return { containers: kubectl, container: await readyPostgres(settings, kubectl, ELSEWHERE) }
}

const ELSEWHERE = 'make its backup where it is, with pg_dump --format=custom'

function shortest(path: string, from: string): string {
  const short = relative(from, path)
  return short.startsWith('..') ? path : short
}
