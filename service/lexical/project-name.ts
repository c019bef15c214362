import { type ParsedQuery, parseQuery, saysSomething } from './query-terms.ts'
import { looksLikeName, tokensOf } from './terms.ts'

const BEFORE = String.raw`(?:^|(?<!\s)\s+(?:(?:in|of|for|with)\s+(?:the\s+)?)?)`
/** A name that is part of a longer one, of a path or of a call is not removed. */
const AFTER = String.raw`(?:['’]s)?(?![\p{L}\p{N}\p{M}_$(/\\-]|[.:#]+[\p{L}_$])`

/**
 * Removes the name of the project from a question about it: `shop-api` also matches `Shop API's` and `in ShopApi`.
 * Returns the text unchanged if no other word says anything.
 */
export function withoutProjectName(text: string, name: string): string {
  const parts = name.split(/[^\p{L}\p{N}\p{M}]+/u).filter((part) => part !== '')
  if (parts.length === 0) return text
  const rest = text.replace(new RegExp(BEFORE + parts.join(String.raw`[\s._-]?`) + AFTER, 'giu'), '').trim()
  return saysSomething(rest) ? rest : text
}

/**
 * Parses a question about a project. If it consists of a name in code and the project's, it asks for the definition of
 * the former. Ordinary words may be one name together with the project's.
 */
export function parseQueryWithin(project: string, text: string): ParsedQuery {
  const rest = withoutProjectName(text, project)
  const query = parseQuery(rest)
  const isCode = query.wanted?.owner !== undefined || tokensOf(rest).some(looksLikeName)
  return rest === text || (query.wanted !== undefined && isCode) ? query : parseQuery(text)
}
