import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A question that whole files answer, or one that a definition does: the line of its name. */
export type Question = FileQuestion | DefinitionQuestion

export interface FileQuestion {
  readonly query: string
  readonly relevant: readonly string[]
  readonly secondary: readonly string[]
  readonly category: string
}

export interface DefinitionQuestion {
  readonly query: string
  readonly path: string
  readonly line: number
  readonly language: string
}

/** A source tree and what is asked about it. */
export interface Corpus {
  readonly name: string
  readonly folder: string
  readonly questions: readonly Question[]
}

/** The trees in the folder `corpora` for which there are questions in `queries`, one file of JSON each. */
export function readCorpora(corpora: string, queries: string, only: readonly string[] = []): Corpus[] {
  const names = readdirSync(queries)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .filter((name) => only.length === 0 || only.includes(name))
  return names.sort().map((name) => {
    const folder = join(corpora, name)
    if (!existsSync(folder)) throw new Error(`There is no folder ${folder} for the questions in ${name}.json`)
    return { name, folder, questions: JSON.parse(readFileSync(join(queries, `${name}.json`), 'utf8')) as Question[] }
  })
}

/** Questions of one kind together. */
export const groupOf = (question: Question) => ('relevant' in question ? question.category : question.language)
