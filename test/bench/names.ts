import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EVERY_REPOSITORY } from '../../service/access/repository-scope.ts'
import { optionsOf } from './arguments.ts'
import { openCorpus } from './quality/indexes.ts'
import { sample, seededRandom } from './random.ts'
import { listIn } from './settings.ts'

/** A name, and the only line of the sources that defines it. */
interface Named {
  readonly query: string
  readonly path: string
  /** Counted from 1. */
  readonly line: number
}

const MOST_A_CORPUS = 400
const LARGEST_FILE = 600_000
const LEAST_LENGTH = 4

/** Patterns for definitions. Independent of the grammars of the index, which must not judge itself. */
const DEFINITIONS: Readonly<Record<string, RegExp>> = {
  py: /^\s*(?:async\s+)?(?:def|class)\s+(\w+)/,
  go: /^(?:func|type)\s+(?:\(\s*(?:\w+\s+)?\*?(?<owner>\w+)[^)]*\)\s*)?(\w+)/,
  rs: /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:async\s+|const\s+|unsafe\s+)*(?:fn|struct|enum|trait)\s+(\w+)/,
  java: /^\s*(?:(?:public|protected|private|static|final|abstract)\s+)+(?:class|interface|enum|record)\s+(\w+)/,
  kt: /^\s*(?:\w+\s+)*(?:class|interface|object)\s+(\w+)/,
  scala: /^\s*(?:(?:final|sealed|abstract|case|private|implicit|override)\s+)*(?:class|trait|object|def)\s+(\w+)/,
  ts: /^\s*(?:export\s+)?(?:declare\s+|default\s+|abstract\s+|async\s+)*(?:function\*?|class|interface|enum)\s+(\w+)/,
  js: /^\s*(?:export\s+)?(?:default\s+|async\s+)*(?:function\*?|class)\s+(\w+)/,
}
const PYTHON_OWNER = /^class\s+(\w+)/
const PYTHON_MEMBER = /^ {4}(?:async )?def\s+(\w+)/

/**
 * Measures how often the definition of a name comes first. For each folder in `--corpora DIR`, draws names that only
 * one line defines, and members with their owners. Lists those that do not come first. `--indexed DIR` keeps the
 * indexes.
 */
export async function names(options: readonly string[]): Promise<number> {
  const { corpora, only, seed, ...kept } = optionsOf(options, {
    corpora: undefined,
    only: '',
    seed: '1',
    indexed: '',
    hybrid: 'own',
  })
  const wanted = listIn(only)
  const folders = readdirSync(corpora).filter((name) => wanted.length === 0 || wanted.includes(name))
  const totals = { asked: 0, first: 0 }
  for (const name of folders.filter((each) => !each.startsWith('.')).sort()) {
    const folder = join(corpora, name)
    const questions = sample(namesDefinedOnce(folder), MOST_A_CORPUS, seededRandom(Number(seed)))
    if (questions.length === 0) continue
    const index = await openCorpus({ name, folder, questions: [] }, { ...kept, fresh: false })
    try {
      const failed = await notFirst(index.service.search, questions)
      totals.asked += questions.length
      totals.first += questions.length - failed.length
      process.stdout.write(`${name.padEnd(16)} ${questions.length - failed.length} of ${questions.length}\n`)
      for (const each of failed) process.stdout.write(`  ${each}\n`)
    } finally {
      await index.close()
    }
  }
  process.stdout.write(`${'all'.padEnd(16)} ${totals.first} of ${totals.asked}\n`)
  return totals.first === totals.asked ? 0 : 1
}

type Searching = Awaited<ReturnType<typeof openCorpus>>['service']['search']

async function notFirst(search: Searching, questions: readonly Named[]): Promise<string[]> {
  const failed: string[] = []
  for (const { query, path, line } of questions) {
    const { results } = await search.search({ query, scope: EVERY_REPOSITORY, limit: 10, detail: 'full' })
    const [first] = results
    const isRight = first?.path === path && first.startLine <= line && line <= first.endLine
    if (!isRight) failed.push(`${query}: ${path}:${line}, not ${first?.path}:${first?.startLine}-${first?.endLine}`)
  }
  return failed
}

function namesDefinedOnce(folder: string): Named[] {
  const all = sourcesIn(folder).flatMap((path) => namesIn(path, readFileSync(join(folder, path), 'utf8')))
  return [...Map.groupBy(all, ({ query }) => query.toLowerCase().replaceAll('_', '')).values()].flatMap((same) =>
    same.length === 1 ? same : [],
  )
}

function sourcesIn(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => Object.hasOwn(DEFINITIONS, endingOf(path)))
    .filter((path) => statSync(join(folder, path)).isFile() && statSync(join(folder, path)).size <= LARGEST_FILE)
    .sort()
}

const endingOf = (path: string) => path.slice(path.lastIndexOf('.') + 1)

function namesIn(path: string, text: string): Named[] {
  const ending = endingOf(path)
  const pattern = DEFINITIONS[ending] as RegExp
  let owner: string | undefined
  return text.split('\n').flatMap((line, at): Named[] => {
    const match = pattern.exec(line)
    const name = match?.at(-1)
    if (ending === 'py') owner = PYTHON_OWNER.exec(line)?.[1] ?? (/^\S/.test(line) ? undefined : owner)
    if (match === null || name === undefined || name.length < LEAST_LENGTH) return []
    const of = ending === 'py' ? PYTHON_MEMBER.test(line) && owner : match.groups?.owner
    const place = { path, line: at + 1 }
    return [{ query: name, ...place }, ...(of ? [{ query: `${of}.${name}`, ...place }] : [])]
  })
}
