import { looksLikeName } from '../../lexical/terms.ts'
import type { Kind } from './syntax/rule.ts'

/** Of more keys than somebody wrote, the first ones are found by name. */
const MOST_KEYS = 2_000
const DEEPEST = 8
const LONGEST_KEY = 80
const IS_NAME = /^[\p{L}_$@][\p{L}\p{N}_.$@/-]*$/u

interface OpenKey {
  readonly key: string
  readonly indentation: number
  /** Whether it is in a list, whose parts are data. */
  readonly isListed: boolean
}

/** A key on a line, and the key that contains it. */
export interface SeenKey {
  readonly key: string
  readonly parent: string
  /** The key after those that contain it, if it is found by that. */
  readonly path?: string
}

/** Keeps the keys that enclose a line of JSON or YAML, by their indentation. */
export class NestedKeys {
  /** In YAML, other patterns find the outermost keys. */
  readonly #isJson: boolean
  readonly #keysOf: (line: string) => OpenKey[]
  readonly #open: OpenKey[] = []
  #count = 0

  constructor(language: string) {
    this.#isJson = language === 'json'
    this.#keysOf = this.#isJson ? keysOfJson : keysOfYaml
  }

  /** Returns the keys of a line. */
  see(line: string): readonly SeenKey[] {
    return this.#keysOf(line).map((each) => this.#add(each))
  }

  #add({ key, indentation, isListed }: OpenKey): SeenKey {
    while ((this.#open.at(-1)?.indentation ?? -1) >= indentation) this.#open.pop()
    const around = this.#open.at(-1)
    const parents = this.#open.map((each) => each.key)
    const isData = isListed || (around?.isListed ?? false)
    this.#open.push({ key, indentation, isListed: isData })
    const isNamed = !isData && parents.length < DEEPEST && [...parents, key].every(isName)
    const isFound =
      isNamed && (parents.length > 0 || (this.#isJson && looksLikeName(key))) && ++this.#count <= MOST_KEYS
    return { key, parent: around?.key ?? '', ...(isFound && { path: [...parents, key].join('.') }) }
  }
}

const isName = (key: string) => key.length <= LONGEST_KEY && IS_NAME.test(key)

const JSON_SIGNS = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/g

/** Braces in a line count like indentation. */
function keysOfJson(line: string): OpenKey[] {
  const indentation = line.search(/\S/)
  const found: OpenKey[] = []
  let depth = 0
  let lists = 0
  for (const [sign, key, colon] of line.matchAll(JSON_SIGNS)) {
    if (sign === '[') lists++
    else if (sign === ']') lists--
    else if (sign === '{') depth++
    else if (sign === '}') depth--
    else if (colon !== undefined && key !== undefined) {
      const isList = line.slice(line.indexOf(sign) + sign.length).trim() === '['
      found.push({ key, indentation: indentation + depth, isListed: lists > 0 || isList })
    }
  }
  return found
}

const YAML_KEY = /^(\s*)(- +)?(?:(["'])([^"']+)\3|([^\s"'#&*!|>%@`{[,-][^:#]*?)) *:(?=\s|$)/

function keysOfYaml(line: string): OpenKey[] {
  const [, blanks = '', dash, , quoted, plain] = YAML_KEY.exec(line) ?? []
  const key = quoted ?? plain
  return key === undefined ? [] : [{ key, indentation: blanks.length, isListed: dash !== undefined }]
}

/** Keys of JSON whose own keys are names: scripts of npm and others, and types in schemas. */
const NAMING_KEYS: Readonly<Record<string, Kind>> = {
  scripts: 'function',
  tasks: 'function',
  targets: 'function',
  commands: 'function',
  definitions: 'type',
  $defs: 'type',
  schemas: 'type',
}

/** Returns the kind of what a key of JSON names, if it names something. */
export const kindNamedIn = (parent: string): Kind | undefined =>
  Object.hasOwn(NAMING_KEYS, parent) ? NAMING_KEYS[parent] : undefined
