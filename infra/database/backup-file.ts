import { existsSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Refused } from '../faults.ts'

/** What pg_dump's custom format begins with. */
const MAGIC = 'PGDMP'

/** A name that says of what and of when a backup is. */
export function backupName(stack: string, now: Date): string {
  const [day, time] = now.toISOString().replace(/\..*/, '').replaceAll(':', '').split('T')
  return `${stack}-${day}-${time}.dump`
}

/**
 * Where a backup goes.
 * @param asked absolute; a folder gets a file of the usual name
 * @throws Refused where it may not go there
 */
export function backupPath(asked: string, name: string, mayReplace: boolean): string {
  const isFolder = statSync(asked, { throwIfNoEntry: false })?.isDirectory() ?? false
  const path = isFolder ? join(asked, name) : asked
  if (!existsSync(dirname(path)))
    throw new Refused(`There is no folder ${dirname(path)}: make it, or name another file`)
  if (!mayReplace && existsSync(path)) throw new Refused(`${path} is there already: add --force to replace it`)
  return path
}

/** Beside the file, and so on the same disk; hidden until it is whole. */
export const partialPath = (path: string) => join(dirname(path), `.${basename(path)}.${process.pid}.partial`)

/** @throws Refused where it is not a file that `npm run backup` could have written */
export async function checkBackupFile(path: string): Promise<{ readonly bytes: number }> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new Refused(error.code === 'ENOENT' ? `There is no file ${path}` : `${path} cannot be read (${error.code})`)
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Refused(`${path} is not a file: name the file that \`npm run backup\` wrote`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
    if (buffer.toString('latin1', 0, bytesRead) !== MAGIC) {
      throw new Refused(`${path} is not a backup: \`npm run backup\` and \`pg_dump --format=custom\` write such files`)
    }
    return { bytes: stat.size }
  } finally {
    await file.close()
  }
}
