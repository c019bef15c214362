import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { Fault } from '../errors.ts'
import { folderTree } from '../indexing/files/folder-tree.ts'
import { gitUser } from '../indexing/files/git-config.ts'
import { type Closers, closeAfter } from './closers.ts'
import { commitQuestions } from './eval/commits.ts'
import { indexFolder } from './eval/indexed-folder.ts'
import { type Question, readQuestions, refuseUnknownPaths, spreadOver } from './eval/questions.ts'
import { type Scored, summariesOf, tableOf } from './eval/report.ts'
import { scoreOf } from './eval/scores.ts'
import { copyUndocumented } from './eval/undocumented-copy.ts'
import { checkFolders } from './folders.ts'
import type { Setup } from './setup.ts'

/** Options as commander parses them. */
export interface EvalOptions {
  readonly questions?: string
  readonly count?: string
  readonly json?: true
}

const COUNT = 100

/**
 * Measures how well questions about a folder are answered: the user's own, or questions made from commit messages and
 * doc comments. Indexes the folder in memory.
 */
export async function evaluate(setup: Setup, given: string, options: EvalOptions): Promise<number> {
  const [path = given] = setup.absolute([given])
  const [file] = options.questions === undefined ? [] : setup.absolute([options.questions])
  const most = countIn(options.count)
  await checkFolders([path])
  const folder = realpathSync(path)
  const own = file === undefined ? undefined : readQuestions(file)
  return closeAfter(setup.log, setup.config.shutdownTimeoutMs, async (closers) => {
    const { terminal } = setup
    terminal.replaceLine?.('Reading the folder')
    const paths = await pathsIn(folder, setup.config.indexing)
    const { indexed, questions } =
      own === undefined
        ? await madeQuestions(setup, { folder, paths, most }, closers)
        : { indexed: folder, questions: own }
    refuseUnknownPaths(questions, new Set(paths))
    terminal.replaceLine?.(`Indexing ${paths.length} files`)
    const search = await indexFolder(setup, indexed, closers)
    await search.warm()
    const scored: (Scored & { readonly question: Question })[] = []
    for (const question of questions) {
      terminal.replaceLine?.(`${scored.length} of ${questions.length} questions`)
      scored.push({ group: question.group, question, score: await scoreOf(search, question) })
    }
    const summaries = summariesOf(scored)
    const asked = scored.map(({ question, score }) => ({ ...question, ...score }))
    terminal.print(options.json ? JSON.stringify({ groups: summaries, questions: asked }, null, 2) : tableOf(summaries))
    return 0
  })
}

/** @throws Fault `request_invalid` */
function countIn(count: string | undefined): number {
  const most = count === undefined ? COUNT : Number(count)
  if (Number.isInteger(most) && most > 0) return most
  throw new Fault(
    'request_invalid',
    `${JSON.stringify(count)} is not a number of questions`,
    'Give a whole number above 0',
  )
}

async function pathsIn(folder: string, { maxFileBytes, gitPlaces: places }: Config['indexing']): Promise<string[]> {
  const tree = folderTree(folder, gitUser(places))
  const paths: string[] = []
  for await (const found of tree.walk({ maxFileBytes }, new AbortController().signal)) {
    if ('stamp' in found) paths.push(found.path)
  }
  return paths.sort()
}

interface Wanted {
  readonly folder: string
  readonly paths: readonly string[]
  /** Maximum for each kind of question. */
  readonly most: number
}

/** Makes questions from the folder, and a copy of it without the text they were made from. */
async function madeQuestions({ config }: Setup, { folder, paths, most }: Wanted, closers: Closers) {
  const indexed = realpathSync(mkdtempSync(join(tmpdir(), 'codebase-eval-')))
  const remove = () => rmSync(indexed, { recursive: true, force: true })
  process.once('exit', remove)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  closers.push('copy', async () => remove())
  const documented = await copyUndocumented({ from: folder, to: indexed }, paths, config.indexing.maxFileBytes)
  const committed = await commitQuestions(folder, new Set(paths), new AbortController().signal)
  const questions = [...spreadOver(committed, most), ...spreadOver(documented, most)]
  if (questions.length > 0) return { indexed, questions }
  const what = `${JSON.stringify(folder)} has neither commit messages nor doc comments to make questions from`
  throw new Fault('request_invalid', what, 'Give questions of your own with --questions FILE')
}
