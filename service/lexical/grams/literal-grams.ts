import { BREAK, casedSymbol, FOREIGN, SYMBOLS } from './symbols.ts'

/** From what source code has most to what it has least; what is not among these is rarer still. */
const COMMON = ' etrnsaiolcdpumf_hg(.b)y,=v"k;w'
const RANKS = Float32Array.from({ length: 256 }, (_, symbol) => {
  const rank = COMMON.indexOf(String.fromCharCode(symbol))
  return rank < 0 ? COMMON.length : rank
})

interface Found {
  readonly gram: number
  /** Where in the literal it ends. */
  readonly at: number
  readonly rarity: number
}

/**
 * The grams of which a text that contains the literal has every one; none where the literal is too short.
 * First come some that share no character and are likely to be rare: these rule out most.
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
