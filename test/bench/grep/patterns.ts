import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sample, seededRandom } from '../random.ts'

const SOURCES = /\.(?:py|go|java|kt|scala|rs|tsx?|jsx?|mjs|cjs|c|h)$/
const LARGEST_FILE = 200_000
const FILES = 600
const NAME = /\b(?:def|func|fn|fun|function|class|struct|interface|trait)\s+(\w{8,40})/g

export type Kind = 'identifier' | 'regex' | 'any case' | 'nowhere' | 'regex nowhere'

/** Builds distinct patterns of each kind from names that a source tree defines. Deterministic. */
export function patternsFrom(folder: string, count: number): Readonly<Record<Kind, readonly string[]>> {
  const random = seededRandom(11)
  const paths = (readdirSync(folder, { recursive: true }) as string[]).filter((path) => SOURCES.test(path)).sort()
  const names = new Set<string>()
  for (const path of sample(paths, FILES, random)) {
    const stat = statSync(join(folder, path))
    if (!stat.isFile() || stat.size > LARGEST_FILE) continue
    for (const [, name] of readFileSync(join(folder, path), 'utf8').matchAll(NAME)) names.add(name ?? '')
  }
  const drawn = sample([...names], 5 * count, random)
  const kind = (at: number, make: (name: string, other: string) => string) =>
    drawn.slice(at * count, (at + 1) * count).map((name, index, all) => make(name, all.at(index - 1) ?? ''))
  return {
    identifier: kind(0, (name) => name),
    regex: kind(1, (name) => `\\b${name.slice(0, 5)}\\w*${name.slice(-3)}\\(`),
    'any case': kind(2, (name) => `(?i)${name}`),
    nowhere: kind(3, (name, other) => `${name}${other.slice(0, 6)}Nowhere`),
    'regex nowhere': kind(4, (name, other) => `${name}\\w+${other}\\w*Nowhere`),
  }
}
