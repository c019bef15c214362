import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Fault } from '../errors.ts'
import { namesOfPath } from '../lexical/path-names.ts'
import { eachToken } from '../lexical/terms.ts'
import { type DocumentVectors, OWN_PREFIX, readStaticModel, type StaticModel } from './static/static-model.ts'

/** A chunk of a file in the form that models embed. */
interface EmbeddedDocument {
  readonly text: string
  /** Name of the enclosing definition: `Server.listen`. */
  readonly symbol?: string
  readonly path: string
}

/** The package's own model. It needs no server, and a vector costs a look-up for each word. */
export interface OwnModel {
  /** Name under which its vectors are stored. A different table has a different name. */
  readonly name: string
  readonly dimensions: number
  /** Has length 1. Undefined if the model knows no token of the text. */
  questionVector(text: string): Float32Array | undefined
  documentVector(document: EmbeddedDocument): Float32Array | undefined
}

export interface PackagedModel extends OwnModel {
  /** For callers that tokenize documents anyway. */
  documentVectors(): DocumentVectors
}

/** Whether the name is that of a package's model, of this version or another. */
export function isOwnModel(name: string): boolean {
  return name.startsWith(OWN_PREFIX)
}

// The program runs from its sources, or from a bundle with the table beside it.
const TABLE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './static/table.bin' : './table.bin', import.meta.url),
)

let loaded: PackagedModel | undefined

/** Loads the package's model, once per thread. @throws Fault `installation_damaged` if its file is incomplete */
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
