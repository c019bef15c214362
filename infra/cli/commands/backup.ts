import { relative } from 'node:path'
import { DATABASE } from '../../connection.ts'
import type { Asked } from '../arguments.ts'
import { backupName, backupPath } from '../day-two/database/backup-file.ts'
import { dump } from '../day-two/database/dump.ts'
import { shownBytes } from '../day-two/quantities.ts'
import { runningPostgres, stackOnDocker } from '../day-two/stack-on-docker.ts'
import type { DayTwoTools } from '../day-two/tools.ts'
import { Interrupted } from '../faults.ts'

/** Writes the database into a file, while it is in use. */
export async function backup(
  asked: Asked,
  tools: DayTwoTools,
  { force = false }: { force?: boolean },
): Promise<number> {
  const stack = await stackOnDocker(asked, tools, {
    command: 'backup',
    kubectl: `exec statefulset/postgres -- pg_dump --format=custom --username=postgres ${DATABASE} > ${DATABASE}.dump`,
  })
  const container = runningPostgres(stack, 'make its backup where it is, with pg_dump --format=custom')
  const name = backupName(stack.settings.name, tools.now())
  const path = backupPath(tools.absolute(asked.passed[0] ?? name), name, force)
  const began = tools.now()
  const interruption = tools.interruption()
  try {
    const { bytes } = await dump(path, { ...tools, ...tools.notes, container, signal: interruption.signal })
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

function shortest(path: string, from: string): string {
  const short = relative(from, path)
  return short.startsWith('..') ? path : short
}
