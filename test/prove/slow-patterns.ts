const CLASSES = ['a-f', '0-9', 'a-k', '\\w', '\\d ', 'c-j', '\\pL', 'acegik', '^x', '^\\d']
const COUNTS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]

/** Fifty patterns within the length limit that are slow to match or to compile. */
export const SLOW_PATTERNS: readonly string[] = [
  ...CLASSES.map((each) => `(?:(?:.{0,30}[${each}]){0,30}[0-9]){0,1}[QZ][QZ][QZ]`),
  ...COUNTS.map((count) => `(?:.*[a-k]){${count}}Q`),
  ...COUNTS.map((count) => `${'[a-k ]*'.repeat(count)}Q`),
  ...COUNTS.slice(0, 5).map((count) => `(?i)(?:[a-k0-9 ]{${count}}){0,9}QZ`),
  ...COUNTS.slice(0, 5).map((count) => `(?:\\pL{0,${10 * count}}x){0,2}y`),
  ...COUNTS.slice(0, 5).map((count) => `${'(a?'.repeat(2 * count)}${')'.repeat(2 * count)}Q`),
  '(x+x+)+y',
  '^(\\w+\\s?)*$',
  '(.*)(.*)(.*)(.*)[QZ]',
  '((((a{0,30}){0,30}){0,30}))',
  '[a-z]{1000}'.repeat(90),
]

let state = 3

/** Returns pseudorandom letters, digits and blanks, without the capitals that the patterns end in. */
function noise(length: number): string {
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return 'abcdefghijk 0123456789'[(state >> 8) % 22]
  }).join('')
}

/** Texts on which the patterns are slow. */
export const noiseInLines = () => Array.from({ length: 2000 }, (_, at) => noise(100 + (at % 7))).join('\n')
export const noiseInOneLine = () => noise(400_000)
