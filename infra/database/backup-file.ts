import { existsSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Refused } from '../faults.ts'

/** First bytes of pg_dump's custom format. */
const MAGIC = 'PGDMP'

/** Returns a file name with the stack and the time. */
export function backupName(stack: string, now: Date): string {
  const [day, time] = now.toISOString().replace(/\..*/, '').replaceAll(':', '').split('T')
  return `${stack}-${day}-${time}.dump`
}

/**
 * Returns the path that a backup is written to.
 * @param asked absolute path of a file, or of a folder, in which a file `name` is created
 * @throws Refused if the folder is missing, or the file exists and may not be replaced
 */
export function backupPath(asked: string, name: string, mayReplace: boolean): string {
  const isFolder = statSync(asked, { throwIfNoEntry: false })?.isDirectory() ?? false
  const path = isFolder ? join(asked, name) : asked
  if (!existsSync(dirname(path)))
    throw new Refused(`There is no folder ${dirname(path)}: create it, or choose another file`)
  if (!mayReplace && existsSync(path)) throw new Refused(`${path} already exists: add --force to replace it`)
  return path
}

/** Returns the path of the incomplete file: hidden, and in the same folder, so that it can be renamed. */
export const partialPath = (path: string) => join(dirname(path), `.${basename(path)}.${process.pid}.partial`)

/** @throws Refused if the file cannot be read or is not in pg_dump's custom format */
export async function checkBackupFile(path: string): Promise<{ readonly bytes: number }> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw new Refused(error.code === 'ENOENT' ? `There is no file ${path}` : `${path} cannot be read (${error.code})`)
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new Refused(`${path} is not a file: pass a file that \`npm run backup\` wrote`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0)
    if (buffer.toString('latin1', 0, bytesRead) !== MAGIC) {
      throw new Refused(
        `${path} is not a backup: pass a file that \`npm run backup\` or \`pg_dump --format=custom\` wrote`,
      )
    }
    return { bytes: stat.size }
  } finally {
    await file.close()
  }
}
