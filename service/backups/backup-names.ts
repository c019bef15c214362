/** Extension of a backup's dump. */
export const DUMP = '.dump'
/** Extension of a backup's manifest. */
export const MANIFEST = '.json'

const MOMENT = /^\d{4}-\d{2}-\d{2}-\d{6}$/

/** Whether `name` is a backup of this stack. Another stack's name may begin with this one's. */
const isBackupOf = (stack: string, name: string) =>
  name.startsWith(`${stack}-`) && MOMENT.test(name.slice(stack.length + 1))

/** Returns the stack's backups among the files, oldest first. */
export const backupsAmong = (stack: string, files: readonly string[]) =>
  files
    .filter((file) => file.endsWith(DUMP))
    .map((file) => file.slice(0, -DUMP.length))
    .filter((name) => isBackupOf(stack, name))
    .toSorted()

/**
 * Returns the backups to delete, oldest first: all but the newest `keep` and the last one that was restored
 * successfully.
 */
export const expendable = (names: readonly string[], keep: number, tested?: string) =>
  names.slice(0, Math.max(0, names.length - keep)).filter((name) => name !== tested)
