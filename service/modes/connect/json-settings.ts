import { isDeepStrictEqual } from 'node:util'
import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser'

/** A syntax error in a settings file, for people: `line 3: comma expected`. */
export class BrokenSettings extends Error {}

const READ = { allowTrailingComma: true, allowEmptyContent: true, disallowComments: false }

/**
 * Returns the text with `value` set at the path, or removed. All other characters stay as they are, comments included.
 * @throws BrokenSettings if the text cannot be parsed, if a parent in the path is not an object, or if a name on the path
 * is there twice
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
  const after = value === undefined ? removed(body, path) : written(body, path, value)
  if (isDeepStrictEqual(readValue(after, path), value)) return bom + after
  throw new BrokenSettings(`${path.join('.')} is there twice`)
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
    const words = printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    throw new BrokenSettings(`line ${line}: ${words.toLowerCase()}`)
  }
  if (!isObject(settings)) throw new BrokenSettings('its content is not an object')
  return settings
}

const valueAt = (settings: unknown, path: readonly string[]): unknown =>
  path.reduce((value, key) => (isObject(value) ? (value as Record<string, unknown>)[key] : undefined), settings)

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const treeOf = (body: string) => parseTree(body, [], READ) as Node
const endOf = ({ offset, length }: Node) => offset + length

function written(body: string, path: readonly string[], value: unknown): string {
  const root = treeOf(body)
  const { unit, eol } = formatOf(body)
  const there = findNodeAtLocation(root, [...path])
  if (there !== undefined) {
    const isOneLine = !body.slice(there.offset, endOf(there)).includes('\n')
    const text = JSON.stringify(value, null, isOneLine ? undefined : unit).replaceAll(
      '\n',
      eol + indentAt(body, there.offset),
    )
    return body.slice(0, there.offset) + text + body.slice(endOf(there))
  }
  let depth = path.length - 1
  while (depth > 0 && findNodeAtLocation(root, path.slice(0, depth)) === undefined) depth--
  const object = depth === 0 ? root : (findNodeAtLocation(root, path.slice(0, depth)) as Node)
  return inserted(body, object, path[depth] as string, nested(path.slice(depth + 1), value))
}

/** Adds a property behind all others of the object. */
function inserted(body: string, object: Node, key: string, value: unknown): string {
  const { unit, eol } = formatOf(body)
  const property = (indent: string) =>
    `${eol}${indent}${JSON.stringify(key)}: ${JSON.stringify(value, null, unit).replaceAll('\n', eol + indent)}`
  const last = object.children?.at(-1)
  if (last === undefined) {
    const outer = indentAt(body, object.offset)
    const inside = body.slice(object.offset + 1, endOf(object) - 1).trimEnd()
    return `${body.slice(0, object.offset + 1)}${inside}${property(outer + unit)}${eol}${outer}${body.slice(endOf(object) - 1)}`
  }
  const comma = commaAfter(body, endOf(last))
  if (!isFirstOnLine(body, last.offset)) {
    const text = `, ${JSON.stringify(key)}: ${JSON.stringify(value)}`
    return body.slice(0, endOf(last)) + text + body.slice(endOf(last))
  }
  const at = endOfLineAfter(body, comma ?? endOf(last))
  const before = comma === undefined ? `,${body.slice(endOf(last), at)}` : body.slice(endOf(last), at)
  const after = comma === undefined ? '' : ','
  return body.slice(0, endOf(last)) + before + property(indentAt(body, last.offset)) + after + body.slice(at)
}

function removed(body: string, path: readonly string[]): string {
  const property = findNodeAtLocation(treeOf(body), [...path])?.parent
  if (property?.parent?.children === undefined) return body
  const { children } = property.parent
  const at = children.indexOf(property)
  const [previous, next] = [children[at - 1], children[at + 1]]
  const end = commaAfter(body, endOf(property)) ?? endOf(property)
  if (previous === undefined && next === undefined) {
    const [opening, closing] = [property.parent.offset + 1, endOf(property.parent) - 1]
    const rest = body.slice(opening, property.offset) + body.slice(end, closing)
    return body.slice(0, opening) + (rest.trim() === '' ? '' : rest) + body.slice(closing)
  }
  if (!isFirstOnLine(body, property.offset)) {
    return previous === undefined
      ? body.slice(0, property.offset) + body.slice(next?.offset)
      : body.slice(0, endOf(previous)) + body.slice(endOf(property))
  }
  const lineEnd = body.slice(end).match(/^[ \t]*(?=\r?\n)/)?.[0].length
  const to = end + (lineEnd ?? 0)
  const from = lineEnd === undefined ? property.offset : startOfLine(body, property.offset)
  // The previous one's comma may stay if the last one had a comma too.
  const comma = next === undefined && end === endOf(property) && previous && commaAfter(body, endOf(previous))
  return (comma ? body.slice(0, comma - 1) + body.slice(comma, from) : body.slice(0, from)) + body.slice(to)
}

/** Returns where the comma ends that follows a property, if there is one. */
function commaAfter(body: string, offset: number): number | undefined {
  const scanner = createScanner(body, true)
  scanner.setPosition(offset)
  scanner.scan()
  const end = scanner.getPosition()
  return body[end - 1] === ',' ? end : undefined
}

/** Returns where a line ends of which only comments are left, or the offset itself. */
function endOfLineAfter(body: string, offset: number): number {
  const rest = /^[ \t]*(?:\/\*(?:(?!\*\/)[^\r\n])*\*\/[ \t]*)*(?:\/\/[^\r\n]*)?(?=\r?\n)/.exec(body.slice(offset))
  return offset + (rest?.[0].length ?? 0)
}

/** Returns where the line feed begins that leads to the line of an offset. */
function startOfLine(body: string, offset: number): number {
  const feed = body.lastIndexOf('\n', offset - 1)
  return Math.max(0, body[feed - 1] === '\r' ? feed - 1 : feed)
}

const lineUpTo = (body: string, offset: number) => body.slice(body.lastIndexOf('\n', offset - 1) + 1, offset)

const isFirstOnLine = (body: string, offset: number) => body.includes('\n') && lineUpTo(body, offset).trim() === ''

const indentAt = (body: string, offset: number) => /^[ \t]*/.exec(lineUpTo(body, offset))?.[0] ?? ''

/** Detects the file's indentation and line endings. */
function formatOf(text: string): { readonly unit: string; readonly eol: string } {
  return { unit: /^([ \t]+)"/m.exec(text)?.[1] ?? '  ', eol: text.includes('\r\n') ? '\r\n' : '\n' }
}
