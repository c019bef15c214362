import { applyEdits, type FormattingOptions, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser'

/** A syntax error in a settings file, for people: `line 3: CommaExpected`. */
export class BrokenSettings extends Error {}

const READ = { allowTrailingComma: true, allowEmptyContent: true, disallowComments: false }

/**
 * Returns the text with `value` set at the path, or removed. Comments and everything else stay unchanged.
 * @throws BrokenSettings if the text cannot be parsed, or if a parent in the path is not an object
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

/** Detects the file's indentation and line endings. */
function formatOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.startsWith('\t') ? 1 : indent.length, eol }
}
