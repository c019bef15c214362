/** The symbol of a line break: no gram has it. */
export const BREAK = 0
/** The first symbol of characters beyond ASCII. */
export const FOREIGN = 128
/** What stands for NUL, whose number is that of a break. */
const NUL = 1
const UNITS = 0x10000
const SPREAD = 0x9e3779b1

/** What equals another character by Unicode's case folding, though neither is the other's capital. */
const OTHER_FORMS: ReadonlyMap<number, number> = new Map([
  [0x1fd3, 0x390],
  [0x1fe3, 0x3b0],
  [0xfb05, 0xfb06],
])

/**
 * The symbol, of 8 bits, of each UTF-16 unit. What differs in case alone has one symbol, so that grams serve patterns with
 * and without regard to it; beyond ASCII, many characters share one.
 */
export const SYMBOLS = Uint8Array.from({ length: UNITS }, (_, unit) => symbolOf(folded(unit)))

function symbolOf(unit: number): number {
  if (unit === 0x0a || unit === 0x0d) return BREAK
  if (unit === 0) return NUL
  if (unit < FOREIGN) return unit
  return FOREIGN + (Math.imul(unit, SPREAD) >>> 25)
}

/** The symbol of a unit where case counts: capitals of ASCII have their own. */
export function casedSymbol(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit : (SYMBOLS[unit] as number)
}

/** One unit for all that are the same but for their case. */
function folded(unit: number): number {
  // The second half of a pair: case changes nothing else in one.
  if (unit >= 0xdc00 && unit < 0xe000) return 0xdc00
  const own = OTHER_FORMS.get(unit) ?? unit
  const upper = String.fromCharCode(own).toUpperCase()
  const lower = (upper.length === 1 ? upper : String.fromCharCode(own)).toLowerCase()
  return lower.length === 1 ? lower.charCodeAt(0) : own
}
