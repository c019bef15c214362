import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface ForgeRepository {
  readonly id: number
  readonly path: string
  readonly archived?: boolean
  readonly fork?: boolean
  readonly empty?: boolean
  /** Further fields, as the server names them. */
  readonly fields?: object
}

type Kind = 'github' | 'gitlab' | 'gitea'

export interface ForgeState {
  repositories: ForgeRepository[]
  /** Answer to return instead of a list. */
  instead?: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object }
  /** Token that requests must bear. Undefined if none is required. */
  token?: string
  /** Whether the list belongs to a user instead of an organisation. */
  isUser?: boolean
  /** Whether the token covers only organisations, not users. */
  isForOrganisations?: boolean
  /** Folder of the server. Anything outside leads to a page on which to sign in. */
  folder?: string
}

const PAGE = { github: 100, gitlab: 100, gitea: 30 }

/**
 * Starts a git server with the listing API of a kind: its paths, fields, pages and refusals. Gitea returns smaller
 * pages than requested.
 */
export async function startForge(kind: Kind, state: ForgeState) {
  const asked: { readonly path: string; readonly authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization })
    answer(kind, state, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const stop = () => new Promise((resolve) => server.close(resolve))
  return { url: `http://127.0.0.1:${port}`, asked, stop }
}

const PATHS = {
  github: { owner: /^\/api\/v3\/(?:orgs|organizations)\/[\w-]+\/repos$/, user: /^\/api\/v3\/users\/[\w-]+\/repos$/ },
  gitlab: { owner: /^\/api\/v4\/groups\/[\w%-]+\/projects$/, user: /^\/api\/v4\/users\/[\w%-]+\/projects$/ },
  gitea: { owner: /^\/api\/v1\/orgs\/[\w-]+\/repos$/, user: /^\/api\/v1\/users\/[\w-]+\/repos$/ },
}

/** Answers as a server does beside a GitLab that is in a folder. */
function answerOutside({ pathname }: URL, response: ServerResponse): void {
  if (pathname === '/sign-in') response.writeHead(200).end('<p>Sign in</p>')
  else if (pathname.startsWith('/api/')) response.writeHead(404).end('<p>Not found</p>')
  else response.writeHead(302, { location: '/sign-in' }).end()
}

function refusalOf(kind: Kind, state: ForgeState, path: string, token?: string): [number, object] | undefined {
  if (state.token !== undefined && token !== `Bearer ${state.token}`)
    return [401, { message: kind === 'gitlab' ? '401 Unauthorized' : 'Bad credentials' }]
  if (state.isForOrganisations && PATHS[kind].user.test(path))
    return [403, { message: 'token does not have at least one of required scope(s)' }]
  return PATHS[kind][state.isUser ? 'user' : 'owner'].test(path) ? undefined : [404, { message: 'Not Found' }]
}

function answer(kind: Kind, state: ForgeState, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://forge')
  const send = (status: number, body: object, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  if (!url.pathname.startsWith(`${state.folder ?? ''}/`)) {
    answerOutside(url, response)
    return
  }
  url.pathname = url.pathname.slice(state.folder?.length ?? 0)
  if (state.instead !== undefined) {
    send(state.instead.status, state.instead.body ?? { message: 'No' }, state.instead.headers)
    return
  }
  const refusal = refusalOf(kind, state, url.pathname, request.headers.authorization)
  if (refusal !== undefined) {
    send(...refusal)
    return
  }
  const page = Number(url.searchParams.get('page') ?? 1)
  const size = PAGE[kind]
  const shown = state.repositories.slice((page - 1) * size, page * size)
  const isLast = page * size >= state.repositories.length
  send(
    200,
    shown.map((each) => fieldsOf(kind, each)),
    pageHeaders(kind, state.repositories.length, page, isLast),
  )
}

function fieldsOf(kind: Kind, { id, path, archived = false, fork = false, empty = false, fields }: ForgeRepository) {
  if (kind !== 'gitlab')
    return { id, full_name: path, archived, fork, ...(kind === 'gitea' ? { empty } : {}), ...fields }
  return {
    ...fields,
    id,
    path_with_namespace: path,
    archived,
    empty_repo: empty,
    ...(fork ? { forked_from_project: { id: 1 } } : {}),
  }
}

/** A server behind a proxy has its own idea of its address in links. */
function pageHeaders(kind: Kind, total: number, page: number, isLast: boolean): Record<string, string> {
  if (kind === 'gitlab') return { 'x-next-page': isLast ? '' : String(page + 1) }
  const links = [
    ...(isLast ? [] : [`<http://wrong.invalid/?page=${page + 1}>; rel="next"`]),
    ...(page > 1 ? ['<http://wrong.invalid/?page=1>; rel="first"'] : []),
  ]
  return {
    ...(links.length === 0 ? {} : { link: links.join(', ') }),
    ...(kind === 'gitea' ? { 'x-total-count': String(total) } : {}),
  }
}
