import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { FAULTS } from '../errors.ts'
import { TOOLS } from '../tools/catalogue.ts'
import type { Tool } from '../tools/tool.ts'
import { openApi } from './openapi.ts'

const PAGE = new URL('../../docs/reference.md', import.meta.url)

/** The part of JSON Schema that the tools' schemas use. */
interface Schema {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
}

/** Generates docs/reference.md from the schemas of the tools and of the HTTP API. */
export function referencePage(): string {
  return `${[INTRODUCTION, ...TOOLS.map(toolSection), httpSection(), faultSection()].join('\n\n')}\n`
}

const INTRODUCTION = `# Reference

This page lists the arguments and answers of each tool, the HTTP API, and every fault. [Tools](tools.md) says when to use
which tool. \`npm run generate\` writes this page from the schemas with which the server validates requests. For programs,
a server has the same at \`/openapi.json\`.`

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => z.toJSONSchema(schema, { io }) as Schema

function toolSection({ name, description, right, input, output }: Tool): string {
  return [
    `## ${name}`,
    description,
    `Needs the right \`${right}\`.`,
    `### Arguments of ${name}`,
    table(['argument', 'type', 'what'], argumentRows(schemaOf(input, 'input'))),
    `### Answer of ${name}`,
    table(['field', 'type', 'what'], fieldRows(schemaOf(output, 'output'))),
  ].join('\n\n')
}

function argumentRows({ properties = {}, required = [] }: Schema): string[][] {
  return Object.entries(properties).map(([name, schema]) => [
    `\`${name}\`${required.includes(name) ? ', required' : ''}`,
    typeOf(schema),
    [schema.description ?? '', defaultOf(schema)].filter(Boolean).join(' '),
  ])
}

const defaultOf = ({ default: value, description = '' }: Schema) =>
  value === undefined || /default/i.test(description) ? '' : `Default: \`${JSON.stringify(value)}\`.`

/** Returns a row for each field, nested ones by their path. `[]` stands for the items of a list. */
function fieldRows(schema: Schema, path = ''): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isAlways = schema.required?.includes(name) === true
    const own = `${path}${name}`
    const inner = field.items?.properties === undefined ? field : field.items
    const below = fieldRows(inner, inner === field ? `${own}.` : `${own}[].`)
    return [[`\`${own}\``, `${typeOf(field)}${isAlways ? '' : ', or absent'}`, field.description ?? ''], ...below]
  })
}

function typeOf({ type, enum: values, minimum, maximum, items, additionalProperties, anyOf }: Schema): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ')
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(', ')
  if (type === 'array') return items?.properties === undefined ? `list of ${typeOf(items ?? {})}` : 'list of objects'
  if (type === 'object')
    return typeof additionalProperties === 'object' && additionalProperties.type
      ? `object of ${typeOf(additionalProperties)}`
      : 'object'
  const bounds = [minimum, maximum].filter(
    (bound) => bound !== undefined && Math.abs(bound) !== Number.MAX_SAFE_INTEGER,
  )
  return `${type ?? 'any'}${bounds.length === 2 ? ` from ${bounds.join(' to ')}` : ''}`
}

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

function httpSection(): string {
  const paths = Object.entries(openApi().paths as Record<string, Record<string, Operation>>)
  const rows = paths.flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, summary, requestBody, responses }]) => {
      const tool = TOOLS.some(({ name }) => name === operationId)
      const body = requestBody === undefined ? '' : ', with its arguments as the body'
      const status = Object.keys(responses).filter((code) => code !== 'default')
      return [
        `\`${method.toUpperCase()} ${path}\``,
        tool ? `[${operationId}](#${operationId})${body}` : summary,
        status.join(', '),
      ]
    }),
  )
  return `## HTTP API

Bodies and answers are JSON. Send \`Authorization: Bearer TOKEN\` if the server requires a token.

${table(['request', 'answers', 'status'], rows)}

These need no token and show no code: \`GET /livez\` (the process runs), \`GET /readyz\` (it can answer), \`GET /health\`
(each part, as JSON), \`GET /metrics\` (for Prometheus), \`GET /openapi.json\`, and the page at \`/\`. MCP is at
\`POST /mcp\`.`
}

function faultSection(): string {
  const rows = Object.entries(FAULTS).map(([code, { status, exit }]) => [`\`${code}\``, String(status), String(exit)])
  return `## Faults

Over HTTP a fault is a problem document (RFC 9457): \`title\` names the wrong value, \`remedy\` says what to do, and
\`code\` is one of those below. A 503 has a \`Retry-After\` header. In a terminal, a command prints title and remedy, and
exits with the exit code.

${table(['code', 'HTTP status', 'exit code'], rows)}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/[|*]/g, '\\$&').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/** With `--check`, writes nothing and returns 1 if the file is out of date. */
function main(): number {
  const page = referencePage()
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page)
    return 0
  }
  if (readFileSync(PAGE, 'utf8') === page) return 0
  process.stderr.write('docs/reference.md is not what the schemas say; run: npm run generate\n')
  return 1
}

if (import.meta.main) process.exitCode = main()
