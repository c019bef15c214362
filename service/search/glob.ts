import { Fault } from '../errors.ts'
import type { FileFilter } from '../store/files.ts'
import type { Filter } from './contract.ts'

/** @throws Fault `request_invalid` where `path` is no glob */
export function fileFilter({ language, path }: Filter): FileFilter {
  return {
    ...(language === undefined ? {} : { language }),
    ...(path === undefined ? {} : { pathPattern: globToPattern(path) }),
  }
}

/**
 * The regular expression of Postgres for the paths that a glob means: `**` any folders, `*` and `?` inside one name,
 * `{a,b}` and `[a-z]`. A glob without a slash means the name of a file in any folder.
 * @throws Fault `request_invalid`
 */
export function globToPattern(glob: string): string {
  const trimmed = glob.replace(/^(?:\.?\/)+/, '')
  const anywhere = !trimmed.includes('/')
  const whole = trimmed.endsWith('/') ? `${trimmed}**` : trimmed
  const pattern = `^${anywhere ? '(.*/)?' : ''}${translate(whole)}$`
  try {
    new RegExp(pattern)
  } catch (error) {
    throw new Fault(
      'request_invalid',
      `${JSON.stringify(glob)} is not a glob`,
      'Write a glob such as src/**, **/*.test.ts or *.{ts,tsx}',
      { cause: error },
    )
  }
  return pattern
}

const TOKENS = /\*\*\/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|\{|\}|,|./gsu

function translate(glob: string): string {
  let open = 0
  let pattern = ''
  const closable = (glob.match(/\}/g) ?? []).length
  for (const [token] of glob.matchAll(TOKENS)) {
    if (token === '{' && open < closable) {
      open++
      pattern += '('
    } else if (token === '}' && open > 0) {
      open--
      pattern += ')'
    } else if (token === ',' && open > 0) pattern += '|'
    else pattern += translateToken(token)
  }
  return pattern + ')'.repeat(open)
}

function translateToken(token: string): string {
  if (token === '**/') return '(.*/)?'
  if (token === '**') return '.*'
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  if (token.length > 2 && token.startsWith('[')) return bracket(token)
  return token.replace(/[\\^$.*+?()[\]{}|]/, '\\$&')
}

function bracket(token: string): string {
  const negated = token[1] === '!'
  const inside = token.slice(negated ? 2 : 1, -1).replace(/[\\[\]^]/g, '\\$&')
  return `[${negated ? '^/' : ''}${inside}]`
}
