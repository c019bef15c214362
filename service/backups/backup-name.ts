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
