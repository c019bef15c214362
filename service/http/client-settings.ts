/** How one agent is told about the server. */
export interface ClientSettings {
  readonly client: string
  /** The file or place that the settings belong into. */
  readonly where: string
  readonly settings: string
}

interface Server {
  readonly url: string
  readonly needsToken: boolean
  /** The command of the bridge, for clients that start a process. */
  readonly bridge: { readonly command: string; readonly args: readonly string[] }
}

const NAME = 'codebase'
const TOKEN = 'YOUR_TOKEN'
const pretty = (value: unknown) => JSON.stringify(value, null, 2)

/** Ready-to-paste settings for the agents that people use. */
export function clientSettings({ url, needsToken, bridge }: Server): ClientSettings[] {
  const mcp = `${url}/mcp`
  const headers = needsToken ? { headers: { Authorization: `Bearer ${TOKEN}` } } : {}
  const env = { SERVER_URL: url, ...(needsToken ? { SERVER_TOKEN: TOKEN } : {}) }
  return [
    {
      client: 'Claude Code',
      where: 'in a terminal',
      settings: `claude mcp add --transport http ${NAME} ${mcp}${needsToken ? ` --header "Authorization: Bearer ${TOKEN}"` : ''}`,
    },
    {
      client: 'Claude Desktop',
      where: 'claude_desktop_config.json (Settings → Developer → Edit Config)',
      settings: pretty({ mcpServers: { [NAME]: { ...bridge, env } } }),
    },
    {
      client: 'Cursor',
      where: '~/.cursor/mcp.json',
      settings: pretty({ mcpServers: { [NAME]: { url: mcp, ...headers } } }),
    },
    {
      client: 'VS Code',
      where: '.vscode/mcp.json',
      settings: pretty({ servers: { [NAME]: { type: 'http', url: mcp, ...headers } } }),
    },
    {
      client: 'Codex',
      where: '~/.codex/config.toml',
      settings: [
        `[mcp_servers.${NAME}]`,
        `url = ${JSON.stringify(mcp)}`,
        ...(needsToken ? ['bearer_token_env_var = "CODEBASE_MCP_TOKEN"'] : []),
      ].join('\n'),
    },
  ]
}
