/** How an agent reaches the server: over HTTP, or through a process that it starts. */
export type Connection =
  | { readonly kind: 'http'; readonly url: string; readonly token?: string }
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env?: Readonly<Record<string, string>>
    }

type Entry = Readonly<Record<string, unknown>>

export interface Client {
  /** Name on the command line. */
  readonly id: string
  readonly name: string
  readonly format: 'json' | 'toml'
  /** Top-level key of the servers in its settings. */
  readonly key: string
  /** Returns the entry for a server, or undefined if the client does not support such a connection. */
  readonly entry: (connection: Connection) => Entry | undefined
}

/** Name of the server in agents' settings. */
export const SERVER_NAME = 'codebase'

const headersOf = (token: string | undefined) =>
  token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }

/** Clients differ in the key of a URL, and in whether an entry states the kind of connection. */
function shapes(urlKey: string, kinds?: { readonly http?: string; readonly stdio?: string }): Client['entry'] {
  const typed = (type: string | undefined) => (type === undefined ? {} : { type })
  return (connection) => {
    if (connection.kind === 'http') {
      return { ...typed(kinds?.http), [urlKey]: connection.url, ...headersOf(connection.token) }
    }
    const { command, args, env } = connection
    return { ...typed(kinds?.stdio), command, args, ...(env === undefined ? {} : { env }) }
  }
}

const withoutHttp =
  (entry: Client['entry']): Client['entry'] =>
  (connection) =>
    connection.kind === 'http' ? undefined : entry(connection)

function codexEntry(connection: Connection): Entry {
  if (connection.kind === 'stdio') return shapes('url')(connection) as Entry
  const { url, token } = connection
  return { url, ...(token === undefined ? {} : { http_headers: { Authorization: `Bearer ${token}` } }) }
}

/** The supported agents. */
export const CLIENTS: readonly Client[] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    format: 'json',
    key: 'mcpServers',
    entry: shapes('url', { http: 'http', stdio: 'stdio' }),
  },
  {
    id: 'claude-desktop',
    name: 'Claude Desktop',
    format: 'json',
    key: 'mcpServers',
    entry: withoutHttp(shapes('url')),
  },
  { id: 'cursor', name: 'Cursor', format: 'json', key: 'mcpServers', entry: shapes('url') },
  {
    id: 'vscode',
    name: 'VS Code',
    format: 'json',
    key: 'servers',
    entry: shapes('url', { http: 'http', stdio: 'stdio' }),
  },
  { id: 'codex', name: 'Codex', format: 'toml', key: 'mcp_servers', entry: codexEntry },
  { id: 'gemini', name: 'Gemini CLI', format: 'json', key: 'mcpServers', entry: shapes('httpUrl') },
  { id: 'windsurf', name: 'Windsurf', format: 'json', key: 'mcpServers', entry: shapes('serverUrl') },
  { id: 'zed', name: 'Zed', format: 'json', key: 'context_servers', entry: shapes('url') },
  { id: 'junie', name: 'Junie (JetBrains)', format: 'json', key: 'mcpServers', entry: shapes('url') },
]

/** Returns a client's settings as an object. */
export function settingsOf({ key, entry }: Client, connection: Connection): Entry | undefined {
  const one = entry(connection)
  return one === undefined ? undefined : { [key]: { [SERVER_NAME]: one } }
}

/** Returns a link that opens the client, which then asks its user whether to add the server. */
export function deepLink({ id, entry }: Client, connection: Connection): string | undefined {
  const one = entry(connection)
  if (one === undefined) return undefined
  if (id === 'cursor') {
    const config = encodeURIComponent(Buffer.from(JSON.stringify(one)).toString('base64'))
    return `cursor://anysphere.cursor-deeplink/mcp/install?name=${SERVER_NAME}&config=${config}`
  }
  if (id !== 'vscode') return undefined
  return `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name: SERVER_NAME, ...one }))}`
}

/** Returns the command that adds an HTTP server to Claude Code. */
export function claudeCommand(url: string, token?: string): string {
  const header = token === undefined ? '' : ` --header "Authorization: Bearer ${token}"`
  return `claude mcp add --transport http ${SERVER_NAME} ${url}${header}`
}
