import { eachToken, termsOf } from '../../lexical/terms.ts'
import { type FieldWeights, readTable, type Table } from './table-file.ts'

type Field = keyof FieldWeights

/** Computes vectors of texts from a table of term vectors, without a model server. */
export interface StaticModel {
  /** Derived from the table's content: vectors of another table belong to another model. */
  readonly name: string
  readonly dimensions: number
  /** Has length 1. Undefined if the table knows no term of `text`. */
  questionVector(text: string): Float32Array | undefined
  /** A collector serves any number of documents, one after the other. */
  documentVectors(): DocumentVectors
}

/** Collects the tokens of one document at a time. */
export interface DocumentVectors {
  /** Counts an occurrence of `token`, as `eachToken` yields it. */
  add(field: Field, token: string): void
  /** Returns the rows of a token's terms, for callers that cache something for each token. They do not change. */
  rowsOf(terms: readonly string[]): Rows
  /** Counts an occurrence of the token with these rows: `add` without the look-up. */
  addRows(field: Field, rows: Rows): void
  /**
   * Returns the document's vector, of length 1, or undefined if the table knows none of its terms. Starts the next
   * document.
   */
  end(): Float32Array | undefined
}

/** Rows of a token's terms in the table. */
type Rows = readonly number[]

/** @throws Fault `installation_damaged` if the bytes are not a complete table of this format version */
export function readStaticModel(bytes: Uint8Array, file = 'table.bin'): StaticModel {
  return new TableModel(readTable(bytes, file))
}

/** Ollama's model names always contain a colon. */
export const OWN_PREFIX = 'static-'
const NAME_DIGITS = 12
const MOST_REMEMBERED = 200_000

class TableModel implements StaticModel {
  readonly name: string
  readonly dimensions: number
  readonly #table: Table
  readonly #rowOfTerm: ReadonlyMap<string, number>

  constructor(table: Table) {
    this.name = `${OWN_PREFIX}${table.checksum.slice(0, NAME_DIGITS)}`
    this.dimensions = table.dimensions
    this.#table = table
    this.#rowOfTerm = new Map(table.terms.map((term, row) => [term, row]))
  }

  questionVector(text: string): Float32Array | undefined {
    const counts = new Map<number, number>()
    eachToken(text, (token) => {
      for (const row of this.#rowsOf(termsOf(token))) counts.set(row, (counts.get(row) ?? 0) + 1)
    })
    const sum = new Float64Array(this.dimensions)
    for (const [row, count] of counts) addRow(sum, this.#table, row, strength(count))
    return unit(sum)
  }

  documentVectors(): DocumentVectors {
    return new Collector(this.#table, (terms) => this.#rowsOf(terms))
  }

  #rowsOf(terms: readonly string[]): Rows {
    return terms.flatMap((term) => this.#rowOfTerm.get(term) ?? [])
  }
}

class Collector implements DocumentVectors {
  readonly #table: Table
  readonly rowsOf: (terms: readonly string[]) => Rows
  readonly #remembered = new Map<string, Rows>()
  readonly #counts: Float64Array
  readonly #touched: number[] = []
  readonly #sum: Float64Array

  constructor(table: Table, rowsOf: (terms: readonly string[]) => Rows) {
    this.#table = table
    this.rowsOf = rowsOf
    this.#counts = new Float64Array(table.terms.length)
    this.#sum = new Float64Array(table.dimensions)
  }

  add(field: Field, token: string): void {
    let rows = this.#remembered.get(token)
    if (rows === undefined) {
      if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear()
      rows = this.rowsOf(termsOf(token))
      this.#remembered.set(token, rows)
    }
    this.addRows(field, rows)
  }

  addRows(field: Field, rows: Rows): void {
    const weight = this.#table.weights[field]
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] as number
      const count = this.#counts[row] as number
      if (count === 0) this.#touched.push(row)
      this.#counts[row] = count + weight
    }
  }

  end(): Float32Array | undefined {
    this.#sum.fill(0)
    for (const row of this.#touched) {
      addRow(this.#sum, this.#table, row, strength(this.#counts[row] as number))
      this.#counts[row] = 0
    }
    this.#touched.length = 0
    return unit(this.#sum)
  }
}

/** Weight of a count: 1 for one, growing logarithmically, as in training. */
function strength(count: number): number {
  return Math.log2(1 + count)
}

/** Adds `weight` times the vector of `row` to `sum`. Unrolled by four, which takes half the time. */
function addRow(sum: Float64Array, table: Table, row: number, weight: number): void {
  const { rows, dimensions } = table
  const factor = weight * (table.scales[row] as number)
  const start = row * dimensions
  let at = 0
  for (; at + 4 <= dimensions; at += 4) {
    sum[at] = (sum[at] as number) + factor * (rows[start + at] as number)
    sum[at + 1] = (sum[at + 1] as number) + factor * (rows[start + at + 1] as number)
    sum[at + 2] = (sum[at + 2] as number) + factor * (rows[start + at + 2] as number)
    sum[at + 3] = (sum[at + 3] as number) + factor * (rows[start + at + 3] as number)
  }
  for (; at < dimensions; at++) sum[at] = (sum[at] as number) + factor * (rows[start + at] as number)
}

/** Returns `sum` normalized to length 1, or undefined if its length is 0. */
function unit(sum: Float64Array): Float32Array | undefined {
  let square = 0
  for (let at = 0; at < sum.length; at++) square += (sum[at] as number) ** 2
  if (square === 0) return undefined
  const factor = 1 / Math.sqrt(square)
  const vector = new Float32Array(sum.length)
  for (let at = 0; at < sum.length; at++) vector[at] = (sum[at] as number) * factor
  return vector
}
