import { Fault } from '../errors.ts'
import { Grant, RIGHTS, type Right } from './grant.ts'
import { RepositoryScope } from './repository-scope.ts'

/** A bearer token and what it grants. */
export interface Token {
  readonly token: string
  readonly grant: Grant
}

const LEAST_CHARACTERS = 16
const RIGHTS_PREFIX = 'rights='

/**
 * Parses tokens, one per line: `TOKEN [rights=read,index] [REPOSITORY…]`. By default, a token has all rights for all
 * repositories. A word that begins with `#` starts a comment.
 * @throws Fault `configuration_invalid`, with a message that begins with a verb and names lines but quotes nothing
 */
export function parseTokens(text: string): Token[] {
  const tokens: Token[] = []
  const faults: string[] = []
  const lineOf = new Map<string, number>()
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const [token, ...words] = wordsOf(line)
    if (token === undefined) continue
    const earlier = lineOf.get(token)
    const fault = faultOf(token, words) ?? (earlier && `repeats the token of line ${earlier}`)
    lineOf.set(token, at + 1)
    if (fault === undefined) tokens.push({ token, grant: grantOf(words) })
    else faults.push(`line ${at + 1} ${fault}`)
  }
  if (faults.length > 0) throw invalid(`cannot be used: ${faults.join('; ')}`)
  if (tokens.length === 0) throw invalid('holds no token')
  return tokens
}

function wordsOf(line: string): string[] {
  const words = line.split(/\s+/).filter((word) => word !== '')
  const comment = words.findIndex((word) => word.startsWith('#'))
  return comment === -1 ? words : words.slice(0, comment)
}

function faultOf(token: string, words: readonly string[]): string | undefined {
  if (token.length < LEAST_CHARACTERS) return `has a token of fewer than ${LEAST_CHARACTERS} characters`
  if (!/^[\w.~+/-]+=*$/.test(token)) return 'has a token with characters that no bearer token may have'
  if (words.filter(isRights).length > 1) return `has more than one ${RIGHTS_PREFIX}`
  if (words.filter(isRights).some((word) => rightsIn(word) === undefined)) {
    return `has ${RIGHTS_PREFIX} with something other than ${RIGHTS.join(' or ')}`
  }
  if (words.some(looksLikeToken)) return 'seems to have a second token in place of a repository'
  return undefined
}

const isRights = (word: string) => word.startsWith(RIGHTS_PREFIX)

function rightsIn(word: string): Right[] | undefined {
  const names = word.slice(RIGHTS_PREFIX.length).split(',')
  const rights = names.flatMap((name) => RIGHTS.find((right) => right === name) ?? [])
  return rights.length === names.length ? rights : undefined
}

// Two tokens on one line would otherwise be read as one token with the name of a repository that does not exist.
function looksLikeToken(word: string): boolean {
  return /^[\w+/=]{32,}$/.test(word) && /\d/.test(word)
}

function grantOf(words: readonly string[]): Grant {
  const rights = words.filter(isRights).flatMap((word) => rightsIn(word) ?? [])
  const globs = words.filter((word) => !isRights(word))
  return new Grant(rights.length === 0 ? RIGHTS : rights, new RepositoryScope(globs.length === 0 ? ['*'] : globs))
}

function invalid(message: string): Fault {
  return new Fault(
    'configuration_invalid',
    message,
    'Write one token a line, then what it is for, as in "TOKEN rights=read shop team-*"; "openssl rand -hex 32" makes a token',
  )
}
