import { CLIENTS, type Client, type Connection, claudeCommand, SERVER_NAME, settingsOf } from '../client-shapes.ts'

/** Settings that connect an agent to the server. */
export interface ClientSettings {
  readonly client: string
  /** The file or place for the settings. */
  readonly where: string
  readonly settings: string
}

interface Server {
  readonly url: string
  readonly needsToken: boolean
  /** Command of the bridge, for clients that start a process. */
  readonly bridge: { readonly command: string; readonly args: readonly string[] }
}

const TOKEN = 'YOUR_TOKEN'
const PLACES: Readonly<Record<string, string>> = {
  'claude-desktop': 'claude_desktop_config.json (Settings → Developer → Edit Config)',
  cursor: '~/.cursor/mcp.json',
  vscode: '.vscode/mcp.json',
  codex: '~/.codex/config.toml',
  gemini: '~/.gemini/settings.json',
  windsurf: '~/.codeium/windsurf/mcp_config.json',
  zed: '~/.config/zed/settings.json',
  junie: '~/.junie/mcp/mcp.json',
}

/** Returns ready-to-paste settings for common agents. */
export function clientSettings({ url, needsToken, bridge }: Server): ClientSettings[] {
  const token = needsToken ? { token: TOKEN } : {}
  const http: Connection = { kind: 'http', url: `${url}/mcp`, ...token }
  const env = { SERVER_URL: url, ...(needsToken ? { SERVER_TOKEN: TOKEN } : {}) }
  const stdio: Connection = { kind: 'stdio', ...bridge, env }
  return CLIENTS.map((client) => {
    if (client.id === 'claude-code') {
      return { client: client.name, where: 'in a terminal', settings: claudeCommand(http.url, http.token) }
    }
    const settings = client.format === 'toml' ? tomlOf(http) : textOf(client, client.entry(http) ? http : stdio)
    return { client: client.name, where: PLACES[client.id] ?? '', settings }
  })
}

const textOf = (client: Client, connection: Connection) => JSON.stringify(settingsOf(client, connection), null, 2)

function tomlOf({ url, token }: Extract<Connection, { kind: 'http' }>): string {
  return [
    `[mcp_servers.${SERVER_NAME}]`,
    `url = ${JSON.stringify(url)}`,
    ...(token === undefined ? [] : ['bearer_token_env_var = "CODEBASE_MCP_TOKEN"']),
  ].join('\n')
}
