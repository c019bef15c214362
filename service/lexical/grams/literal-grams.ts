import { BREAK, casedSymbol, FOREIGN, SYMBOLS } from './symbols.ts'

/** The most frequent characters of source code, most frequent first. All others are rarer. */
const COMMON = ' etrnsaiolcdpumf_hg(.b)y,=v"k;w'
const RANKS = Float32Array.from({ length: 256 }, (_, symbol) => {
  const rank = COMMON.indexOf(String.fromCharCode(symbol))
  return rank < 0 ? COMMON.length : rank
})

interface Found {
  readonly gram: number
  /** End of the gram in the literal. */
  readonly at: number
  readonly rarity: number
}

/**
 * Returns the grams that every text with the literal contains, or none if the literal is too short. The first ones
 * share no character and are probably rare, so they rule out most texts.
 */
export function gramsOfLiteral(literal: string, ignoreCase: boolean): number[] {
  const found = allGrams(literal, ignoreCase).sort((one, other) => other.rarity - one.rarity)
  const apart: Found[] = []
  for (const each of found) if (apart.every(({ at }) => Math.abs(at - each.at) >= 3)) apart.push(each)
  return [...new Set([...apart, ...found].map(({ gram }) => gram))]
}

function allGrams(literal: string, ignoreCase: boolean): Found[] {
  const found: Found[] = []
  let [before, last] = [BREAK, BREAK]
  for (let at = 0; at < literal.length; at++) {
    const unit = literal.charCodeAt(at)
    const symbol = ignoreCase ? (SYMBOLS[unit] as number) : casedSymbol(unit)
    const rarity = rank(before) + rank(last) + rank(symbol)
    if (before !== BREAK && last !== BREAK && symbol !== BREAK) {
      found.push({ gram: (before << 16) | (last << 8) | symbol, at, rarity })
    }
    if (last >= FOREIGN && symbol >= FOREIGN) found.push({ gram: (last << 8) | symbol, at, rarity })
    before = last
    last = symbol
  }
  return found
}

const rank = (symbol: number) => RANKS[symbol] as number
