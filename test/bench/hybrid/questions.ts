import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { removeDocComments } from '../../../service/modes/eval/doc-comments.ts'
import { questionOf } from '../../../service/modes/eval/sentence.ts'
import { sample, seededRandom } from '../random.ts'

const SOURCES = /\.(?:py|go|java|kt|scala|rs|tsx?|jsx?|mjs|cjs)$/
const LARGEST_FILE = 200_000
const FILES = 400

/**
 * Builds distinct questions from a source tree: sentences of doc comments, names, and names as words. Deterministic.
 */
export function questionsFrom(folder: string, count: number): Promise<string[]> {
  const random = seededRandom(7)
  const paths = (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => SOURCES.test(path) && !/node_modules|(?:^|\/)tests?\/|test_/.test(path))
    .sort()
  return questionsIn(folder, sample(paths, FILES, random), count, random)
}

async function questionsIn(folder: string, paths: readonly string[], count: number, random: () => number) {
  const sentences = new Set<string>()
  const names = new Set<string>()
  for (const path of paths) {
    const stat = statSync(join(folder, path))
    if (!stat.isFile() || stat.size > LARGEST_FILE) continue
    const text = readFileSync(join(folder, path), 'utf8')
    for (const name of namesIn(text)) names.add(name)
    for (const { comment, name } of (await removeDocComments(path, text))?.functions ?? []) {
      const sentence = questionOf(comment, name)
      if (sentence !== undefined) sentences.add(sentence)
    }
  }
  const asked = sample([...sentences], Math.ceil(count / 2), random)
  const named = sample([...names], count - asked.length, random)
  return sample([...asked, ...named.map((name, at) => (at % 2 === 0 ? name : wordsOf(name)))], count, random)
}

/** Returns the names of several words that a text defines. */
function namesIn(text: string): string[] {
  const found = text.matchAll(/\b(?:def|func|fn|fun|function|class|struct|interface|trait)\s+(\w{8,40})/g)
  return Array.from(found, ([, name]) => name ?? '').filter((name) => /[a-z][A-Z]|_[a-z]/.test(name.slice(1)))
}

function wordsOf(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/_+/g, ' ')
    .trim()
    .toLowerCase()
}
