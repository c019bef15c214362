/** What the file of a backup's dump ends with. */
export const DUMP = '.dump'
/** What the file that describes a backup ends with. */
export const MANIFEST = '.json'

const MOMENT = /^\d{4}-\d{2}-\d{2}-\d{6}$/

/** Whether `name` is that of a backup of the stack; of another one it may be the beginning. */
const isBackupOf = (stack: string, name: string) =>
  name.startsWith(`${stack}-`) && MOMENT.test(name.slice(stack.length + 1))

/** The backups of the stack among files, oldest first. */
export const backupsAmong = (stack: string, files: readonly string[]) =>
  files
    .filter((file) => file.endsWith(DUMP))
    .map((file) => file.slice(0, -DUMP.length))
    .filter((name) => isBackupOf(stack, name))
    .toSorted()

/**
 * The backups that go, of those there are, oldest first: all but the newest `keep`, and the one that is known to
 * restore.
 */
export const expendable = (names: readonly string[], keep: number, tested?: string) =>
  names.slice(0, Math.max(0, names.length - keep)).filter((name) => name !== tested)
