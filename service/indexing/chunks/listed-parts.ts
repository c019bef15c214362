import { CONSTRUCTED, LISTED, RECORDS } from './definition-patterns.ts'
import type { Kind } from './syntax/rule.ts'

interface Listed {
  readonly kind: Kind
  readonly names: readonly string[]
}

/** Returns the constructors and fields that the line of a type lists, each with the name of the type. */
export function partsListedIn(
  text: string,
  { kind, type }: { readonly kind: Kind; readonly type: string },
  language: string,
): Listed[] {
  const constructors = [...constructorsIn(text, type, language), ...listedIn(text, type, language)]
  const fields = kind === 'type' ? fieldsIn(text, type, language) : []
  const parts = [
    { kind: 'member', names: constructors },
    { kind: 'field', names: fields },
  ] as const
  return parts.filter(({ names }) => names.length > 0)
}

const CONSTRUCTOR = /(?:^|\|)\s*([A-Z][\w']*)(?![\w'.])/g

/** Returns the constructors that the line of a type lists, except one with the name of the type. */
function constructorsIn(text: string, type: string, language: string): string[] {
  const listed = Object.hasOwn(CONSTRUCTED, language) ? CONSTRUCTED[language]?.exec(text)?.[1] : undefined
  const names = [...(listed ?? '').matchAll(CONSTRUCTOR)].map(([, name = '']) => name)
  return names.filter((name) => name !== type).map((name) => `${type}.${name}`)
}

/** What follows the name of a member: a value, a type, arguments, a directive. */
const VALUE = /\s*(?:=|::?)\s*[^\s,;]+|\([^()]*\)|@\w+/g

/** Returns the members that the line of an enum lists, which may have values. */
function listedIn(text: string, type: string, language: string): string[] {
  const listed = Object.hasOwn(LISTED, language) ? LISTED[language]?.exec(text)?.[1] : undefined
  const names = (listed ?? '').replace(VALUE, '').match(/\p{L}[\p{L}\p{M}\p{N}_]*|_\w+/gu) ?? []
  return names.map((name) => `${type}.${name}`)
}

const BRACES = /[{]([^{}]*)[}]/
/** A name before a colon, or before further names of the same type. */
const FIELD = /(?:^|[,;])\s*(?:mutable\s+)?([A-Za-z_][\w']*(?=\s*:)|[a-z_][\w']*(?=\s*,))/g

/** Returns the fields that the line of a record lists. */
function fieldsIn(text: string, type: string, language: string): string[] {
  const listed = RECORDS.has(language) ? BRACES.exec(text)?.[1] : undefined
  if (language === 'graphql') {
    const typed = (listed ?? '').replace(/\([^()]*\)/g, '').match(/\w+(?=\s*:)/g) ?? []
    return /^\s*(?:extend\s+)?(?:type|input|interface)\b/.test(text) ? typed.map((name) => `${type}.${name}`) : []
  }
  return [...(listed ?? '').matchAll(FIELD)].map(([, name]) => `${type}.${name}`)
}
