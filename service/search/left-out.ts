import type { Sql } from '../store/database.ts'
import { firstLeftOut, type LeftOutRow, leftOutWithin } from '../store/left-out.ts'
import type { RepositoryRow } from '../store/repositories.ts'
import { likeliest, pathsIn } from './paths/path-readings.ts'

const WHY: Readonly<Record<string, string>> = {
  ignored: 'a rule of .gitignore, .mcpignore or an excludes file of git leaves it out',
  secret: 'its name says that it holds secrets',
  too_large: 'it is larger than MAX_FILE_BYTES',
  binary: 'it is not text',
  minified: 'its name says that a program generates it',
  not_utf8: 'its name is not UTF-8',
  symlink: 'it is a link, which is not followed',
  submodule: 'it is a submodule, whose files belong to another repository',
  worktree: 'it is another worktree of a repository that is indexed',
  special_file: 'it is not a plain file',
  path_too_long: 'its path is too long',
  unreadable: 'it could not be read',
  vanished: 'it vanished before it could be read',
  unparsable: 'it could not be analysed',
  ignore_rule: 'some of its rules do not count',
}
/** Follows the path of a file that is in the index, and precedes the reason. */
export const DIVIDED_BY_LINES = 'is divided by lines, so definitions that only its parser finds are missing'
const BY_DEFAULT = 'it is ignored by default; a rule such as !NAME in .mcpignore includes it'
const BARE_REPOSITORY = 'it is a bare repository, in which git keeps objects and no working tree'

/** Returns why a file or folder is left out, as part of a sentence. */
export function whyLeftOut({ reason, detail }: Pick<LeftOutRow, 'reason' | 'detail'>): string {
  if (reason === 'ignored' && detail === 'by default') return BY_DEFAULT
  if (reason === 'ignored' && detail === 'a bare repository') return BARE_REPOSITORY
  if (reason === 'too_large' && detail !== undefined) return detail
  const why = WHY[reason] ?? reason
  return detail === undefined ? why : `${why} (${detail})`
}

const MOST_COMPARED = 1000
const SHOWN = 5

/** Returns a note on what paths or globs name and the indexes leave out, if anything. */
export async function leftOutNote(
  sql: Sql,
  repositories: readonly RepositoryRow[],
  path: string,
): Promise<string | undefined> {
  const ids = repositories.map(({ id }) => id)
  const meant: Awaited<ReturnType<typeof leftOutWithin>> = []
  for (const glob of pathsIn(path).wanted.flatMap(likeliest)) {
    const rows = (await leftOutWithin(sql, ids, glob, MOST_COMPARED)).filter(({ reason }) => reason !== 'by_lines')
    // Files in a folder that is left out are left out too.
    meant.push(
      ...rows.filter(
        (row) => glob.matches(row.path) || glob.matches(`${row.path}/x`) || glob.prefix.startsWith(`/${row.path}/`),
      ),
    )
  }
  if (meant.length === 0) return undefined
  const names = new Map(repositories.map(({ id, name }) => [id, name]))
  const shown = meant.slice(0, SHOWN).map((row) => {
    const repository = repositories.length > 1 ? `${names.get(row.repositoryId)}: ` : ''
    return `${repository}${row.path} (${whyLeftOut(row)})`
  })
  const others = meant.length > SHOWN ? `, and ${meant.length - SHOWN} more` : ''
  return `Left out of the index: ${shown.join(', ')}${others}`
}

/** Returns a note on how much the indexes leave out, with some of the paths, if anything. */
export async function leftOutInAll(sql: Sql, repositories: readonly RepositoryRow[]): Promise<string | undefined> {
  const counts = new Map<string, number>()
  for (const { skipped } of repositories) {
    for (const [reason, count] of Object.entries(skipped)) counts.set(reason, (counts.get(reason) ?? 0) + count)
  }
  if (counts.size === 0) return undefined
  const ids = repositories.map(({ id }) => id)
  const missed = [...(await firstLeftOut(sql, ids, SHOWN, true)).values()].flat().slice(0, SHOWN)
  const told = [...counts].sort(([, one], [, other]) => other - one).map(([reason, count]) => `${count} ${reason}`)
  const named = missed.length === 0 ? '' : ` (${missed.map(({ path }) => path).join(', ')} …)`
  return `Left out of the index: ${told.join(', ')}${named}; get_indexing_status with a repository lists them`
}
