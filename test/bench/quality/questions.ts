import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A question that is answered by whole files, or by a definition: the line of its name. */
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

/** A source tree and the questions about it. */
export interface Corpus {
  readonly name: string
  readonly folder: string
  readonly questions: readonly Question[]
}

/** Returns the trees in the folder `corpora` for which `queries` has a JSON file of questions. */
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

/** The group under which a question is reported. */
export const groupOf = (question: Question) => ('relevant' in question ? question.category : question.language)
