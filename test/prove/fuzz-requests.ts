import { createHmac } from 'node:crypto'
import { META, REVISION } from '../fakes/mcp-messages.ts'

/** The server that the requests are made for. */
export interface Target {
  /** Name of an indexed repository; `file` is the path of a file in it. */
  readonly repository: string
  readonly file: string
  readonly token?: string
  /** Secret that signs half of the webhooks. */
  readonly webhookSecret?: string
}

export interface FuzzRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Raw bytes to send instead of a request made of the other fields. */
  readonly raw?: Buffer
  /** Whether the server may close the connection before it has read everything. */
  readonly mayBeCut: boolean
}

const MAX_BODY_BYTES = 1024 * 1024

/** Returns a function from numbers to requests. The same seed gives the same requests. */
export function requestsOf(seed: number, target: Target): (number: number) => FuzzRequest {
  return (number) => {
    const pick = new Pick((Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0)
    const make = pick.weighted<(pick: Pick, target: Target) => Partial<FuzzRequest>>([
      [30, apiRequest],
      [25, modernRequest],
      [20, legacyRequest],
      [12, pathRequest],
      [8, webhookRequest],
      [3, bodyRequest],
      [2, rawRequest],
    ])
    const request = { method: 'POST', path: '/', headers: {}, mayBeCut: false, ...make(pick, target) }
    const headers = {
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
      ...request.headers,
      ...(pick.chance(0.03) ? oddHeaders(pick) : {}),
    }
    return {
      ...request,
      headers,
      mayBeCut: (request.body?.length ?? 0) > MAX_BODY_BYTES,
    }
  }
}

/** Random choices, seeded with a number (mulberry32). */
class Pick {
  #state: number

  constructor(state: number) {
    this.#state = state
  }

  /** Returns a number from 0 to less than 1. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  chance(share: number): boolean {
    return this.share() < share
  }

  /** Returns a whole number from 0 to less than `end`. Small and large orders of magnitude are equally likely. */
  size(end: number): number {
    return Math.floor(end ** this.share()) - 1
  }

  of<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.share() * items.length)] as Item
  }

  weighted<Item>(items: readonly (readonly [number, Item])[]): Item {
    let at = this.share() * items.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, item] of items) {
      at -= weight
      if (at < 0) return item
    }
    return (items[0] as readonly [number, Item])[1]
  }
}

const PIECES = [
  [
    '\0',
    'a\0b',
    '\ud800',
    '\udfff',
    '\ud83d',
    '\uffff',
    '\ufeff',
    '\u202e',
    '\u2028',
    '\x7f',
    '\x1b[31m',
    '\r\n',
    '\t',
  ],
  [
    'e\u0301',
    'z\u0300\u0301\u0302',
    'ß',
    'İ',
    'ﷺ',
    '👩‍👩‍👧',
    '漢字',
    '한글',
    'ＡＢ',
    '%00',
    '%ff',
    '%',
    '%zz',
    '%c0%ae',
  ],
  [
    '../',
    '..\\',
    '/',
    '//',
    './',
    '~',
    'C:\\',
    '/etc/passwd',
    '*',
    '**',
    '**/',
    '?',
    '[',
    '[!',
    '[z-a]',
    '{a,b}',
    '{',
    '}',
  ],
  [
    '(',
    ')',
    '(?:',
    '(?i)',
    '(?=',
    '(?P<n>',
    '\\',
    '\\b',
    '\\Q',
    '\\x{110000}',
    '\\pL',
    '.*',
    '.{0,30}',
    'a{1000}',
    '{2}',
    '|',
    '^',
    '$',
  ],
  [
    "'",
    '"',
    ';',
    '--',
    '$1',
    ':x',
    '__proto__',
    'constructor',
    'toString',
    'null',
    'undefined',
    'NaN',
    '1e999',
    '-0',
    ' ',
  ],
  ['config', 'parse', 'readFile', 'HTTPServer', 'import', 'typescript', 'python', 'x', '_', '=', '=='],
  [
    'https://host/x.git',
    'http://[::1',
    'ssh://-oX@h/x',
    'file:///etc',
    'ext::sh',
    'git@h:x#b',
    'https://u:p@h/x.git#\0',
  ],
].flat()

/** Returns a text, mostly short, sometimes as long as a body may be. */
function text(pick: Pick): string {
  if (pick.chance(0.3)) return pick.of(PIECES)
  const count = 1 + pick.size(pick.chance(0.02) ? 300_000 : 60)
  if (pick.chance(0.4)) return pick.of(PIECES).repeat(count)
  const some = Array.from({ length: Math.min(count, 40) }, () => pick.of(PIECES))
  return some.join(pick.of(['', ' ', '/', '.', ',']))
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  10,
  50,
  51,
  200,
  1.5,
  1e-9,
  1e21,
  1e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  4294967296,
]

function value(pick: Pick): unknown {
  return pick.weighted<() => unknown>([
    [6, () => text(pick)],
    [4, () => pick.of(NUMBERS)],
    [1, () => pick.of([true, false, null])],
    [1, () => Array.from({ length: pick.size(20) }, () => pick.of(PIECES))],
    [1, () => ({ [pick.of(PIECES)]: pick.of(NUMBERS) })],
    [0.3, () => nested(pick.size(2000))],
    [0.1, () => Array.from({ length: pick.size(30_000) }, () => 0)],
  ])()
}

function nested(depth: number): unknown {
  let inner: unknown = 'x'
  for (let level = 0; level < depth; level++) inner = level % 2 === 0 ? [inner] : { a: inner }
  return inner
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  search_code: ['query', 'repository', 'path', 'language', 'limit', 'detail', 'max_tokens'],
  find_symbol: ['name', 'references', 'repository', 'path', 'language', 'limit', 'offset'],
  grep_code: ['pattern', 'repository', 'path', 'language', 'context', 'limit', 'offset'],
  read_file: ['repository', 'path', 'start_line', 'end_line', 'outline'],
  list_files: ['repository', 'path', 'language', 'limit', 'offset'],
  list_repositories: ['name', 'limit', 'offset'],
  index_repository: ['path', 'url', 'force'],
  get_indexing_status: ['job_id'],
}
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  search_code: ['query'],
  find_symbol: ['name'],
  grep_code: ['pattern'],
  read_file: ['path'],
}

/** Returns arguments that are mostly valid, so that the invalid ones reach deep into the server. */
function argumentsOf(tool: string, pick: Pick, target: Target): Record<string, unknown> {
  const right: Record<string, () => unknown> = {
    query: () => pick.of(['where is the configuration read', 'HTTPServer', 'parse config', 'x']),
    pattern: () => pick.of(['import', '\\bconfig\\b', 'def \\w+', 'no such text', '[0-9]{4,}']),
    repository: () => target.repository,
    path: () => (tool === 'read_file' ? target.file : pick.of(['**', 'src/**', '*.ts', '**/*.{ts,py}'])),
    language: () => pick.of(['typescript', 'python']),
    detail: () => pick.of(['paths', 'snippets', 'full']),
    limit: () => 1 + pick.size(50),
    max_tokens: () => 100 + pick.size(5000),
    context: () => pick.size(10),
    name: () => pick.of(['config', 'Model.save', 'std::vec::Vec', 'parse']),
    references: () => pick.of([true, false]),
    outline: () => pick.of([true, false]),
    offset: () => pick.size(100),
  }
  const given: Record<string, unknown> = {}
  const fields = Object.hasOwn(FIELDS, tool) ? FIELDS[tool] : []
  for (const field of fields ?? []) {
    const isRequired = REQUIRED[tool]?.includes(field) === true
    if (!pick.chance(isRequired ? 0.97 : 0.35)) continue
    const isRight = right[field] !== undefined && pick.chance(0.5)
    given[field] = isRight ? right[field]?.() : pick.chance(0.7) ? text(pick) : value(pick)
  }
  if (pick.chance(0.05)) given[text(pick)] = value(pick)
  return given
}

const JSON_HEADERS = { 'content-type': 'application/json' }
const ROUTES = {
  search_code: 'search',
  find_symbol: 'symbols',
  grep_code: 'grep',
  read_file: 'read',
  list_files: 'files',
  index_repository: 'repositories',
} as const

function apiRequest(pick: Pick, target: Target): Partial<FuzzRequest> {
  const tool = pick.of(Object.keys(ROUTES) as (keyof typeof ROUTES)[])
  const body = bytesOf(argumentsOf(tool, pick, target), pick)
  return { path: `/v1/${ROUTES[tool]}`, headers: contentHeaders(pick), body }
}

const METHODS = [
  'tools/list',
  'server/discover',
  'initialize',
  'ping',
  'resources/list',
  'prompts/get',
  'logging/setLevel',
]

function message(pick: Pick, target: Target, meta?: object): { method: string; name?: string; body: object } {
  const isCall = pick.chance(0.8)
  const method = isCall ? 'tools/call' : pick.chance(0.7) ? pick.of(METHODS) : text(pick)
  const name = pick.chance(0.95) ? pick.of(Object.keys(FIELDS)) : text(pick)
  const called = { name, arguments: pick.chance(0.95) ? argumentsOf(name, pick, target) : value(pick) }
  const params = {
    ...(isCall ? called : (value(pick) as object)),
    ...(meta && { _meta: pick.chance(0.97) ? meta : value(pick) }),
  }
  const id = pick.chance(0.9) ? pick.size(1000) : value(pick)
  return {
    method,
    ...(isCall && { name }),
    body: { jsonrpc: pick.chance(0.98) ? '2.0' : text(pick), id, method, params },
  }
}

const ACCEPTS = { ...JSON_HEADERS, accept: 'application/json, text/event-stream' }

function modernRequest(pick: Pick, target: Target): Partial<FuzzRequest> {
  const { method, name, body } = message(pick, target, META)
  const headers = {
    ...ACCEPTS,
    'mcp-protocol-version': pick.chance(0.97) ? REVISION : header(pick),
    'mcp-method': pick.chance(0.97) ? headerText(method) : header(pick),
    ...(name === undefined ? {} : { 'mcp-name': pick.chance(0.97) ? headerText(name) : header(pick) }),
  }
  return { path: '/mcp', headers, body: bytesOf(body, pick) }
}

function legacyRequest(pick: Pick, target: Target): Partial<FuzzRequest> {
  const one = () => message(pick, target).body
  const body = pick.chance(0.1) ? Array.from({ length: pick.size(30) }, one) : one()
  const version: Record<string, string> = pick.chance(0.9)
    ? { 'mcp-protocol-version': pick.of(['2025-11-25', '2025-06-18', '2025-03-26']) }
    : {}
  return { path: '/mcp', headers: { ...ACCEPTS, ...version }, body: bytesOf(body, pick) }
}

/** Returns a request with a path that may or may not be encoded correctly. */
function pathRequest(pick: Pick): Partial<FuzzRequest> {
  const part = pick.chance(0.6)
    ? encodeURIComponent(text(pick).toWellFormed().slice(0, 3000))
    : ascii(text(pick)).slice(0, 3000)
  return pick.weighted<() => Partial<FuzzRequest>>([
    [4, () => ({ method: 'GET', path: `/v1/jobs/${part}` })],
    [4, () => ({ method: 'DELETE', path: `/v1/repositories/no-${part}` })],
    [1, () => ({ method: pick.of(['GET', 'PUT', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE']), path: `/${part}` })],
    [1, () => ({ method: pick.of(['GET', 'POST', 'HEAD']), path: `${pick.of(OPEN_PATHS)}?${part}` })],
    [
      1,
      () => ({
        method: 'OPTIONS',
        path: '/mcp',
        headers: { origin: header(pick), 'access-control-request-method': 'POST' },
      }),
    ],
  ])()
}

const OPEN_PATHS = ['/livez', '/readyz', '/health', '/openapi.json', '/', '/v1/jobs', '/v1/repositories', '/mcp']

function webhookRequest(pick: Pick, { webhookSecret }: Target): Partial<FuzzRequest> {
  const url = () => (pick.chance(0.5) ? 'https://git.example.com/team/shop.git' : text(pick))
  const pushed = {
    ref: pick.chance(0.5) ? 'refs/heads/main' : value(pick),
    repository: pick.chance(0.7) ? { clone_url: url(), ssh_url: url(), default_branch: text(pick) } : value(pick),
    ...(pick.chance(0.3) ? { project: pick.chance(0.7) ? { git_http_url: url() } : value(pick) } : {}),
  }
  const body = bytesOf(pick.chance(0.9) ? pushed : value(pick), pick)
  const signature = createHmac('sha256', webhookSecret ?? '')
    .update(body)
    .digest('hex')
  const isSigned = webhookSecret !== undefined && pick.chance(0.7)
  return {
    path: '/v1/webhooks/git',
    headers: { ...contentHeaders(pick), 'x-hub-signature-256': isSigned ? `sha256=${signature}` : header(pick) },
    body,
  }
}

/** Returns a request with a large body: many values in few bytes, or too many of both. */
function bodyRequest(pick: Pick): Partial<FuzzRequest> {
  const path = pick.of(['/mcp', '/v1/search', '/v1/grep', '/v1/webhooks/git'])
  const body = pick.weighted<() => string>([
    [3, () => `[${'0,'.repeat(pick.size(520_000))}0]`],
    [3, () => '['.repeat(pick.size(500_000))],
    [2, () => `{"query":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    [2, () => `{"query":${deep(pick)}}`],
    [2, () => call(`"x"`, `{"query":${deep(pick)}}`)],
    [1, () => call(`"x"`, deep(pick))],
    [1, () => call(deep(pick), '{}')],
    [2, () => `{${'"a":1,'.repeat(pick.size(150_000))}"query":"x"}`],
    [2, () => `{"query":"${'\\ud800'.repeat(pick.size(100_000))}"}`],
    [1, () => `[${'1,'.repeat(1_900_000)}1]`],
  ])()
  return { path, headers: ACCEPTS, body: Buffer.from(body) }
}

/** Returns JSON nested as deeply as the limit on values allows. */
function deep(pick: Pick): string {
  const depth = 1 + pick.size(9900)
  return pick.chance(0.5) ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}

function call(id: string, given: string): string {
  return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"search_code","arguments":${given}}}`
}

function rawRequest(pick: Pick): Partial<FuzzRequest> {
  const line = pick.of([
    'GET /livez HTTP/1.1',
    'POST /v1/search HTTP/1.1',
    'GET / HTTP/9.9',
    `GET /${text(pick)} HTTP/1.1`,
    text(pick),
  ])
  const fields = Array.from({ length: pick.size(20) }, () =>
    pick.of([
      'host: 127.0.0.1',
      'host: b',
      'content-length: 5',
      'content-length: -1',
      'transfer-encoding: chunked',
      `x: ${text(pick)}`,
    ]),
  )
  const rest = pick.of(['', '{"query"', '5\r\nab', 'ffffffffffffffff\r\n', text(pick)])
  return { raw: Buffer.from([line, ...fields, 'connection: close', '', rest].join('\r\n')) }
}

/** Returns JSON, sometimes damaged. */
function bytesOf(body: unknown, pick: Pick): Buffer {
  const json = JSON.stringify(body) ?? ''
  return pick.weighted<() => Buffer>([
    [92, () => Buffer.from(json)],
    [2, () => Buffer.from(json.slice(0, pick.size(json.length + 1)))],
    [2, () => Buffer.from(json.replace('{', `{"query":"twice","repository":"\\u0000",`))],
    [1, () => Buffer.from(`\ufeff${json}`)],
    [1, () => Buffer.from(json, 'utf16le')],
    [1, () => Buffer.concat([Buffer.from(json), Buffer.from([0xff, 0xc0, 0x80])])],
    [1, () => Buffer.alloc(0)],
  ])()
}

function contentHeaders(pick: Pick): Record<string, string> {
  if (pick.chance(0.95)) return JSON_HEADERS
  return pick.of<Record<string, string>>([
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json; charset=utf-16' },
    { ...JSON_HEADERS, 'content-encoding': 'gzip' },
    { 'content-type': header(pick) },
  ])
}

function oddHeaders(pick: Pick): Record<string, string> {
  return pick.of<Record<string, string>>([
    { host: header(pick) },
    { origin: header(pick) },
    { authorization: header(pick) },
    { accept: header(pick) },
    { 'mcp-session-id': header(pick) },
    { 'last-event-id': header(pick) },
    { traceparent: header(pick) },
    { 'x-large': 'x'.repeat(pick.size(20_000)) },
    { expect: '100-continue' },
  ])
}

function header(pick: Pick): string {
  return headerText(text(pick))
}

const headerText = (value: string) => ascii(value).slice(0, 4000)

/** Drops the characters that Node's client does not send in a header or a path. */
function ascii(value: string): string {
  return value.replace(/[^\x21-\x7e]/g, '')
}
