import { MAX_TOKEN_LENGTH } from './terms.ts'

/** Maximum length of a query that is read, in UTF-16 units. */
export const QUERY_READ = 4000
/**
 * Maximum length of a run of letters and digits that is read. The ends of a longer run exceed a token, so that keys can
 * still be told from words.
 */
export const RUN_READ = 2.5 * MAX_TOKEN_LENGTH

const LONG_RUN = new RegExp(String.raw`[\p{L}\p{N}\p{M}_$\u200c\u200d]{${RUN_READ + 1},}`, 'gu')

/**
 * Returns the part of a query to read, so that its length does not determine the cost of an answer. Of a log or a long
 * stack trace, the beginning and the end say what went wrong.
 */
export function readOfQuery(query: string): string {
  const ends = bothEnds(query, QUERY_READ)
  // Normalization expands one character to up to eighteen.
  const spelled = Math.max(ends.length, ends.normalize('NFKC').length)
  const read = bothEnds(ends, Math.ceil((QUERY_READ * ends.length) / Math.max(QUERY_READ, spelled)))
  return read.replace(LONG_RUN, (run) => bothEnds(run, RUN_READ))
}

function bothEnds(text: string, longest: number): string {
  if (text.length <= longest) return text
  const half = Math.floor(longest / 2)
  return `${text.slice(0, half)}\n${text.slice(-half)}`.toWellFormed()
}
