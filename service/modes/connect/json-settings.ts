import { applyEdits, type FormattingOptions, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser'

/** What is wrong with a text of settings, for a person: `line 3: CommaExpected`. */
export class BrokenSettings extends Error {}

const READ = { allowTrailingComma: true, allowEmptyContent: true, disallowComments: false }

/**
 * The text with `value` at the path, or without what is there; comments and all else stay as they are.
 * @throws BrokenSettings where the text cannot be read, or something else than an object is on the way
 */
export function withValue(text: string, path: readonly string[], value: unknown): string {
  const bom = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  const body = text.slice(bom.length)
  const settings = readSettings(body)
  for (let depth = 1; depth < path.length; depth++) {
    const there = valueAt(settings, path.slice(0, depth))
    if (there !== undefined && !isObject(there))
      throw new BrokenSettings(`${path.slice(0, depth).join('.')} is not an object`)
  }
  if (body.trim() === '') return value === undefined ? text : `${bom}${JSON.stringify(nested(path, value), null, 2)}\n`
  return bom + applyEdits(body, modify(body, [...path], value, { formattingOptions: formatOf(body) }))
}

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight((inner, key) => ({ [key]: inner }), value)

/** @throws BrokenSettings */
export function readValue(text: string, path: readonly string[]): unknown {
  return valueAt(readSettings(text.replace(/^\uFEFF/, '')), path)
}

function readSettings(text: string): unknown {
  const errors: ParseError[] = []
  const settings = parse(text, errors, READ) ?? {}
  const [first] = errors
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split('\n').length
    throw new BrokenSettings(`line ${line}: ${printParseErrorCode(first.error)}`)
  }
  if (!isObject(settings)) throw new BrokenSettings('its content is not an object')
  return settings
}

const valueAt = (settings: unknown, path: readonly string[]): unknown =>
  path.reduce((value, key) => (isObject(value) ? (value as Record<string, unknown>)[key] : undefined), settings)

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** As the rest of the file is indented, and its lines end. */
function formatOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.startsWith('\t') ? 1 : indent.length, eol }
}
