import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { seededRandom } from '../bench/random.ts'

export interface CorpusSize {
  readonly files: number
  /** Functions per file. Each becomes about one chunk. */
  readonly functions: number
}

/** A generated repository: its functions, and words that occur in some of them. */
export interface Corpus {
  readonly functions: readonly { readonly name: string; readonly path: string }[]
  readonly words: readonly string[]
}

const SYLLABLES = 'ba co di fu ge ha ji ko lu me ni po qua ri so tu ve wa xi yo zu bra cle dri flo gri'.split(' ')
const WORDS = 3000
const STATEMENTS = 14
const FILES_A_FOLDER = 40

/** Writes TypeScript whose words are distributed as in code: a few are everywhere, and most are rare. */
export function writeCorpus(folder: string, { files, functions }: CorpusSize, seed = 1): Corpus {
  const random = seededRandom(seed)
  const words = Array.from({ length: WORDS }, (_, at) => wordOf(at))
  const word = () => words[Math.floor(WORDS * random() ** 3)] as string
  const written: { name: string; path: string }[] = []
  for (let file = 0; file < files; file++) {
    const path = `src/${words[Math.floor(file / FILES_A_FOLDER) % WORDS]}/${word()}-${file}.ts`
    const body = Array.from({ length: functions }, (_, at) => {
      const name = `${word()}${capital(word())}${file}x${at}`
      written.push({ name, path })
      return functionText(name, word)
    })
    write(folder, path, body.join('\n\n'))
  }
  return { functions: written, words }
}

/** Writes a text into a file of the folder. Creates parent folders. */
export function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

function functionText(name: string, word: () => string): string {
  const lines = Array.from(
    { length: STATEMENTS },
    () => `  const ${word()}${capital(word())} = ${word()}.${word()}(${word()}, '${word()} ${word()}')`,
  )
  return `/** ${capital(word())} the ${word()} of a ${word()}, and ${word()} it. */\nexport function ${name}(${word()}: string) {\n${lines.join('\n')}\n}`
}

function wordOf(at: number): string {
  const part = (number: number) => SYLLABLES[number % SYLLABLES.length] as string
  const size = SYLLABLES.length
  return part(at) + part(Math.floor(at / size)) + part(Math.floor(at / size / size) + at)
}

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)
