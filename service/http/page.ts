import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import manifest from '../../package.json' with { type: 'json' }
import type { OidcSettings } from '../access/oidc.ts'
import type { SignIn } from '../access/sign-in.ts'
import type { HttpSettings } from '../config.ts'
import { Fault } from '../errors.ts'
import { readJson } from './body.ts'
import type { ClientSettings } from './client-settings.ts'
import { HIGHLIGHTER, highlighterFiles } from './highlighter.ts'
import { type Headers, sendJson } from './reply.ts'
import type { Route } from './router.ts'

const FOLDER = new URL('./page/', import.meta.url)
const START = 'index.html'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

interface PageFile {
  readonly body: Buffer
  readonly zipped: Buffer
  readonly headers: Headers
}

type PageSettings = Pick<HttpSettings, 'tokens' | 'oidc'>

/** Serves the web page from the folder `page`. It contains no indexed code and gets all data from `/v1`. */
export function pageRoutes(settings: PageSettings, clients: (origin: string) => readonly ClientSettings[]): Route[] {
  let files: ReadonlyMap<string, PageFile> | undefined
  const answer = (name: string, request: IncomingMessage, response: ServerResponse) => {
    files ??= readFiles()
    const file = files.get(name)
    if (file === undefined) throw new Fault('not_found', `There is nothing at /page/${name}`, 'See /openapi.json')
    sendFile(file, request, response)
  }
  const open = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, withoutToken: true, handle })
  return [
    open('/', ({ request, response }) => answer(START, request, response)),
    open('/page/setup.json', ({ response }) =>
      sendJson(response, 200, {
        version: manifest.version,
        needs_token: settings.tokens.length > 0 || settings.oidc !== undefined,
        ...(settings.oidc && { issuer: settings.oidc.issuer, sign_in: settings.oidc.page !== undefined }),
        clients: clients('{origin}'),
      }),
    ),
    open('/page/{file}', ({ request, response, parameters }) => answer(parameters.file ?? '', request, response)),
    ...(settings.oidc?.page === undefined ? [] : signInRoutes(settings.oidc)),
  ]
}

const signInBegins = z.strictObject({ return_to: z.url() })
const signInEnds = z.strictObject({ address: z.url(), state: z.string(), verifier: z.string() })

/** Routes by which the page gets an access token from the issuer, without contacting any other server. */
function signInRoutes(settings: OidcSettings): Route[] {
  let signIn: Promise<SignIn | undefined> | undefined
  const open = async () => {
    // Load the library with the first sign-in.
    signIn ??= import('../access/sign-in.ts').then(({ makeSignIn }) => makeSignIn(settings))
    return (await signIn) as SignIn
  }
  const post = (path: string, work: (body: unknown) => Promise<unknown>): Route => ({
    method: 'POST',
    path,
    withoutToken: true,
    handle: async ({ request, response }) => sendJson(response, 200, await work(await readJson(request))),
  })
  return [
    post('/page/sign-in/begin', async (body) => {
      const { return_to: returnTo } = fields(signInBegins, body)
      return (await open()).begin(returnTo)
    }),
    post('/page/sign-in/end', async (body) => {
      const { address, ...kept } = fields(signInEnds, body)
      return { token: await (await open()).finish(new URL(address), kept) }
    }),
  ]
}

function fields<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const { data, error } = schema.safeParse(body)
  if (error === undefined) return data as z.output<Schema>
  const names = error.issues.map(({ path }) => path.join('.') || 'the body').join(', ')
  throw new Fault('request_invalid', `Not what the page sends: ${names}`, 'Load the page again, then sign in again')
}

/** Reads all files that a browser may load. */
export function readFiles(): ReadonlyMap<string, PageFile> {
  const names = readdirSync(FOLDER).filter((name) => extname(name) in TYPES)
  const files = names.map((name) => [name, readFileSync(new URL(name, FOLDER))] as const)
  const composed = existsSync(new URL(HIGHLIGHTER, FOLDER)) ? [] : [...highlighterFiles()]
  const all = [...files, ...composed.map(([name, text]) => [name, Buffer.from(text)] as const)]
  return new Map(all.map(([name, body]) => [name, pageFile(name, body)]))
}

function pageFile(name: string, body: Buffer): PageFile {
  const policy: Headers = name === START ? { 'content-security-policy': policyOf(body.toString()) } : {}
  const headers = {
    'content-type': TYPES[extname(name)] ?? '',
    // Browsers revalidate each time, and download a file only after an upgrade.
    'cache-control': 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    vary: 'accept-encoding, origin',
    ...policy,
  }
  return { body, zipped: gzipSync(body), headers }
}

function sendFile({ body, zipped, headers }: PageFile, request: IncomingMessage, response: ServerResponse): void {
  if (request.headers['if-none-match'] === headers.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const isZipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const sent = isZipped ? zipped : body
  const encoding = isZipped ? { 'content-encoding': 'gzip' } : {}
  response.writeHead(200, { ...headers, ...encoding, 'content-length': sent.length }).end(sent)
}

/** Allows nothing from other origins, and no inline script except the one statement that fixes the page's address. */
function policyOf(page: string): string {
  const inline = /<script>(.*?)<\/script>/s.exec(page)?.[1] ?? ''
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${createHash('sha256').update(inline).digest('base64')}'`,
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
