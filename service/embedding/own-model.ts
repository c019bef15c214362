import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Fault } from '../errors.ts'
import { namesOfPath } from '../lexical/path-names.ts'
import { eachToken } from '../lexical/terms.ts'
import { type DocumentVectors, OWN_PREFIX, readStaticModel, type StaticModel } from './static/static-model.ts'

/** A chunk of a file as a model reads it. */
interface EmbeddedDocument {
  readonly text: string
  /** What encloses it: `Server.listen`. */
  readonly symbol?: string
  readonly path: string
}

/** The package's own model: it needs no server, and a vector costs a look-up for each word. */
export interface OwnModel {
  /** Under which its vectors are kept; another table has another name. */
  readonly name: string
  readonly dimensions: number
  /** Of length 1; undefined where no token of the text is known. */
  questionVector(text: string): Float32Array | undefined
  documentVector(document: EmbeddedDocument): Float32Array | undefined
}

export interface PackagedModel extends OwnModel {
  /** For who cuts documents into tokens anyway. */
  documentVectors(): DocumentVectors
}

/** Whether a model of that name is one of a package, of this version or another. */
export function isOwnModel(name: string): boolean {
  return name.startsWith(OWN_PREFIX)
}

// The program runs from its sources or from a bundle, beside which the table lies.
const TABLE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './static/table.bin' : './table.bin', import.meta.url),
)

let loaded: PackagedModel | undefined

/** The model of this package, read once a thread. @throws Fault `installation_damaged` where its file is not whole */
export function loadOwnModel(): PackagedModel {
  loaded ??= ownModel(readTable())
  return loaded
}

function readTable(): StaticModel {
  try {
    return readStaticModel(readFileSync(TABLE), TABLE)
  } catch (error) {
    if (error instanceof Fault) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const message = `The table of vectors ${TABLE} cannot be read (${code})`
    throw new Fault('installation_damaged', message, 'Install the service again', { cause: error })
  }
}

function ownModel(model: StaticModel): PackagedModel {
  const collected = model.documentVectors()
  return {
    name: model.name,
    dimensions: model.dimensions,
    questionVector: (text) => model.questionVector(text),
    documentVectors: () => model.documentVectors(),
    documentVector: ({ text, symbol = '', path }) => {
      eachToken(text, (token) => collected.add('text', token))
      eachToken(symbol, (token) => collected.add('symbol', token))
      const { folders, name } = namesOfPath(path)
      for (const part of [folders, name]) eachToken(part, (token) => collected.add('path', token))
      return collected.end()
    },
  }
}
