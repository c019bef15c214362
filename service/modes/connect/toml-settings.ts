import { isDeepStrictEqual } from 'node:util'
import { parse, stringify, TomlError } from 'smol-toml'
import { BrokenSettings } from './json-settings.ts'

type Table = Record<string, unknown>

/**
 * Returns the text with the table `[parent.name]` replaced or removed. All other lines stay unchanged.
 * @throws BrokenSettings if the text cannot be parsed, or if the table does not have its own lines
 */
export function withTable(text: string, [parent, name]: readonly [string, string], value: Table | undefined): string {
  const before = readToml(text)
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const kept = withoutTable(text.split(/\r?\n/), parent, name)
  const rest = kept.join(eol)
  const table = value === undefined ? '' : stringify({ [parent]: { [name]: value } }).replaceAll('\n', eol)
  const gap = rest.trim() === '' || value === undefined ? '' : eol + (rest.endsWith(eol) ? '' : eol)
  const after = value === undefined ? rest : (rest.trim() === '' ? '' : rest) + gap + table
  if (meansTheSame(after, changed(before, parent, name, value))) return after
  throw new BrokenSettings(`${parent}.${name} is not written as a table of its own`)
}

/** @throws BrokenSettings */
export function readTable(text: string, [parent, name]: readonly [string, string]): unknown {
  return (readToml(text)[parent] as Table | undefined)?.[name]
}

function readToml(text: string): Table {
  try {
    return parse(text.replace(/^\uFEFF/, '')) as Table
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw new BrokenSettings(`line ${error.line}: ${error.message.split('\n')[0]}`, { cause: error })
  }
}

function meansTheSame(text: string, settings: Table): boolean {
  try {
    return isDeepStrictEqual(plain(readToml(text)), plain(settings))
  } catch (error) {
    if (error instanceof BrokenSettings) return false
    throw error
  }
}

/** Removes the table and its subtables. Comments above the next table belong to that one. */
function withoutTable(lines: readonly string[], parent: string, name: string): string[] {
  const own = new RegExp(`^\\s*\\[\\s*${parent}\\s*\\.\\s*["']?${name}["']?\\s*(?:\\.[^\\]]*)?\\]\\s*(?:#.*)?$`)
  const kept: string[] = []
  let isOwn = false
  let above: string[] = []
  for (const line of lines) {
    if (/^\s*\[/.test(line)) {
      isOwn = own.test(line)
      if (!isOwn) kept.push(...above)
      above = []
    }
    if (!isOwn) kept.push(line)
    else above = /^\s*(?:#|$)/.test(line) ? [...above, line] : []
  }
  return kept
}

function changed(settings: Table, parent: string, name: string, value: Table | undefined): Table {
  const { [name]: _, ...others } = (settings[parent] ?? {}) as Table
  const all = value === undefined ? others : { ...others, [name]: value }
  if (Object.keys(all).length > 0) return { ...settings, [parent]: all }
  const { [parent]: _gone, ...rest } = settings
  return rest
}

/** Removes prototypes and the order of keys, for comparisons. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, part) => (isTable(part) ? sorted(part) : part)))
}

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)

const sorted = (table: Table): Table =>
  Object.fromEntries(Object.entries(table).toSorted(([a], [b]) => (a < b ? -1 : 1)))
