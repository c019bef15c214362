import { makeGit } from '../../indexing/git/git-process.ts'
import { kindsOfPath } from '../../search/paths/path-kind.ts'
import { MIB } from '../../units.ts'
import type { Question } from './questions.ts'

const COMMITS_READ = 4000
const FEWEST_WORDS = 4
const MOST_TOUCHED = 12
const MOST_RELEVANT = 4
const COMMIT_MARK = '\u0001'
const TELLS_NOTHING =
  /^(?:merge|revert|bump|release|update (?:dependenc|changelog|version)|prepare|wip|fixup|squash|typo|lint|format|v?\d+\.\d)/i

/**
 * Makes questions from commit messages. The answers are the files that the commit changed and that still exist, without
 * accompanying ones (tests, documentation, data). Returns none if the folder is not in a git repository.
 */
export async function commitQuestions(
  folder: string,
  paths: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Question[]> {
  const args = ['-C', folder, 'log', '--no-merges', '--name-only', '--relative', `--max-count=${COMMITS_READ}`]
  const git = makeGit(process.env.PATH)
  const config = { 'core.quotePath': 'false' }
  const call = { args: [...args, `--format=${COMMIT_MARK}%s`], config, maxOutputBytes: 64 * MIB }
  const log = await git(call, signal).catch(() => undefined)
  if (log === undefined) return []
  const seen = new Set<string>()
  return log
    .toString()
    .split(COMMIT_MARK)
    .flatMap((commit) => {
      const [subject = '', ...touched] = commit.split('\n').filter((line) => line !== '')
      const query = saidBy(subject)
      const relevant = touched.filter((path) => paths.has(path) && kindsOfPath(path).length === 0)
      const tells = query !== undefined && !seen.has(query.toLowerCase()) && touched.length <= MOST_TOUCHED
      if (!tells || relevant.length === 0 || relevant.length > MOST_RELEVANT) return []
      seen.add(query.toLowerCase())
      return [{ query, group: 'commit messages', relevant }]
    })
}

/** Returns a commit's subject without its type and number, if it says something. */
function saidBy(subject: string): string | undefined {
  const said = subject
    .replace(/^\w+(?:\([^)]*\))?!?:\s+/, '')
    .replace(/\s*\(?#\d+\)?\s*$/, '')
    .trim()
  const words = said.match(/\p{L}[\p{L}\d'-]*/gu) ?? []
  return words.length < FEWEST_WORDS || TELLS_NOTHING.test(said) ? undefined : said
}
