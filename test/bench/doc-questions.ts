import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type DocumentedFunction, removeDocComments } from '../../service/modes/eval/doc-comments.ts'
import { questionOf } from '../../service/modes/eval/sentence.ts'
import { optionsOf } from './arguments.ts'
import { fetchPackage } from './doc-questions/fetch.ts'
import { PACKAGES, type Package, SETS } from './doc-questions/packages.ts'
import { sample, seededRandom } from './random.ts'

/** A sentence of a doc comment, and the definition below it. */
interface DocQuestion {
  readonly query: string
  readonly path: string
  /** Line of the definition, counted from 1. */
  readonly line: number
  readonly name: string
  readonly language: string
}

const MOST_A_PACKAGE = 120
const LARGEST_FILE = 600_000
const SOURCES = /\.(?:py|go|java|kt|scala|rs|tsx?|mts|cts|jsx?|mjs|cjs)$/
const LEFT_OUT =
  /(?:^|\/)(?:tests?|testing|testdata|__tests__|spec|specs|benches|examples?|node_modules|vendor)\/|_test\.go$|\.(?:spec|test)\.[cm]?[tj]s$|(?:^|\/)test_|(?:^|\/)tests?\.rs$|\.min\.js$|\.d\.[cm]?ts$|_pb2\.py$|\.pb\.go$/

/**
 * Fetches packages and writes, for each of the sets `tuning` and `judging`, to `--out DIR`: `corpora/NAME/`, the
 * sources of a package without tests and doc comments, and `queries/NAME.json`, the first sentences of its doc comments
 * with the places of the functions that they describe. `--seed N` draws a different sample.
 */
export async function docQuestions(options: readonly string[]): Promise<number> {
  const { out, seed } = optionsOf(options, { out: undefined, seed: '1' })
  for (const set of SETS) rmSync(join(out, set), { recursive: true, force: true })
  for (const wanted of PACKAGES) {
    const sources = await fetchPackage(wanted, join(out, 'downloads'))
    const { found, files } = await layOut(sources, join(out, wanted.set, 'corpora', wanted.name))
    const questions = sample(unambiguous(found), MOST_A_PACKAGE, seededRandom(Number(seed)))
    write(join(out, wanted.set, 'queries', `${wanted.name}.json`), linesOf(questions))
    process.stdout.write(`${told(wanted, questions)} of ${found.length} sentences in ${files} files\n`)
  }
  return 0
}

async function layOut(from: string, to: string): Promise<{ found: DocQuestion[]; files: number }> {
  const found: DocQuestion[] = []
  let files = 0
  for (const path of sourcesIn(from)) {
    const undocumented = await removeDocComments(path, readFileSync(join(from, path), 'utf8'))
    if (undocumented === undefined) continue
    const { text, language, functions } = undocumented
    write(join(to, path), text)
    files++
    found.push(...functions.flatMap((each) => questionAbout(each, path, language)))
  }
  return { found, files }
}

function questionAbout({ comment, name, line }: DocumentedFunction, path: string, language: string): DocQuestion[] {
  const query = questionOf(comment, name)
  return query === undefined ? [] : [{ query, path, line, name, language }]
}

function sourcesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => SOURCES.test(path) && !LEFT_OUT.test(path))
    .filter((path) => statSync(join(folder, path)).isFile() && statSync(join(folder, path)).size <= LARGEST_FILE)
    .sort()
}

/** Drops sentences that describe several functions, because such a question has no single answer. */
function unambiguous(questions: readonly DocQuestion[]): DocQuestion[] {
  const bySentence = Map.groupBy(questions, ({ query }) => query.toLowerCase().replace(/[^\p{L}\d]+/gu, ' '))
  return [...bySentence.values()].flatMap((same) => (same.length === 1 ? same : []))
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Formats a JSON array with one object per line. */
function linesOf(questions: readonly DocQuestion[]): string {
  return `[\n${questions.map((question) => JSON.stringify(question)).join(',\n')}\n]\n`
}

function told({ set, name, version }: Package, questions: readonly DocQuestion[]): string {
  const languages = Array.from(
    Map.groupBy(questions, ({ language }) => language),
    ([name, of]) => `${of.length} ${name}`,
  )
  return `${set.padEnd(8)} ${`${name} ${version}`.padEnd(20)} ${languages.join(', ')}`
}
