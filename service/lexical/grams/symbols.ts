/** Symbol of a line break, which no gram contains. */
export const BREAK = 0
/** First symbol of characters beyond ASCII. */
export const FOREIGN = 128
/** Symbol of NUL, whose code is that of a break. */
const NUL = 1
const UNITS = 0x10000
const SPREAD = 0x9e3779b1

/** Characters that Unicode's case folding makes equal to another character although neither is the other's capital. */
const OTHER_FORMS: ReadonlyMap<number, number> = new Map([
  [0x1fd3, 0x390],
  [0x1fe3, 0x3b0],
  [0xfb05, 0xfb06],
])

/**
 * The 8-bit symbol of each UTF-16 unit. Units that differ only in case share a symbol, so that grams serve patterns
 * with and without case. Beyond ASCII, many characters share one.
 */
export const SYMBOLS = Uint8Array.from({ length: UNITS }, (_, unit) => symbolOf(folded(unit)))

function symbolOf(unit: number): number {
  if (unit === 0x0a || unit === 0x0d) return BREAK
  if (unit === 0) return NUL
  if (unit < FOREIGN) return unit
  return FOREIGN + (Math.imul(unit, SPREAD) >>> 25)
}

/** Returns the case-sensitive symbol of a unit: ASCII capitals have their own. */
export function casedSymbol(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit : (SYMBOLS[unit] as number)
}

/** Returns one unit for all units that differ only in case. */
function folded(unit: number): number {
  // Case changes only the second half of a surrogate pair.
  if (unit >= 0xdc00 && unit < 0xe000) return 0xdc00
  const own = OTHER_FORMS.get(unit) ?? unit
  const upper = String.fromCharCode(own).toUpperCase()
  const lower = (upper.length === 1 ? upper : String.fromCharCode(own)).toLowerCase()
  return lower.length === 1 ? lower.charCodeAt(0) : own
}
