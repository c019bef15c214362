/**
 * Converts pairs into term numbers with the tokeniser of the lexical index:
 *
 *     node training/tokens.ts OUT PAIRS.jsonl...
 *
 * Writes to OUT: `terms.txt` (one term per line, numbered by its line), `rows.tsv` (language and package of each pair)
 * and for each field `FIELD.ids` and `FIELD.ends` (32-bit numbers).
 */
import { createReadStream, createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { eachToken, termsOf } from '../service/lexical/terms.ts'

class Numbers {
  #values = new Uint32Array(1 << 16)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(2 * this.#length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = value
  }

  get length(): number {
    return this.#length
  }

  write(path: string): void {
    const stream = createWriteStream(path)
    const most = 1 << 26
    for (let at = 0; at < this.#length; at += most) {
      const part = this.#values.subarray(at, Math.min(this.#length, at + most))
      stream.write(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
    }
    stream.end()
  }
}

class Field {
  readonly ids = new Numbers()
  readonly ends = new Numbers()
}

const [out, ...inputs] = process.argv.slice(2) as [string, ...string[]]
const numbers = new Map<string, number>()
const fields = {
  sentence: new Field(),
  symbol: new Field(),
  path: new Field(),
  text: new Field(),
}
const rows: string[] = []

type Row = [language: string, origin: string, sentence: string, symbol: string, path: string, code: string]

function numberOf(term: string): number {
  const known = numbers.get(term)
  if (known !== undefined) return known
  numbers.set(term, numbers.size)
  return numbers.size - 1
}

function add(field: Field, text: string): void {
  eachToken(text, (token) => {
    for (const term of termsOf(token)) field.ids.push(numberOf(term))
  })
  field.ends.push(field.ids.length)
}

mkdirSync(out, { recursive: true })
for (const input of inputs) {
  for await (const line of createInterface({ input: createReadStream(input, 'utf8') })) {
    const [language, origin, sentence, symbol, path, code] = JSON.parse(line) as Row
    rows.push(`${language}\t${origin}`)
    add(fields.sentence, sentence)
    add(fields.symbol, symbol)
    add(fields.path, path.replace(/\.[^./]*$/, ''))
    add(fields.text, code)
  }
}
for (const [name, field] of Object.entries(fields)) {
  field.ids.write(`${out}/${name}.ids`)
  field.ends.write(`${out}/${name}.ends`)
}
writeFileSync(`${out}/terms.txt`, [...numbers.keys()].join('\n'))
writeFileSync(`${out}/rows.tsv`, rows.join('\n'))
