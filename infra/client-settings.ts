type Line = readonly [command: string, ...args: string[]]

interface Reachable {
  readonly url: string
  /** Whether callers have to show a token, which stands in a variable of theirs. */
  readonly needsToken?: boolean
  /** What starts the bridge, for clients that start a process. */
  readonly bridge: Line
  /** The same in other surroundings, by their names. */
  readonly otherBridges?: Readonly<Record<string, readonly string[]>>
}

const AUTHORIZATION = 'Bearer YOUR_TOKEN'
const HEADER = `Authorization: ${AUTHORIZATION}`

/** Ready-to-paste settings for the agents that people use. */
export function clientSettings({ url, needsToken = false, bridge, otherBridges = {} }: Reachable) {
  const [command, ...args] = bridge
  const headers = needsToken ? { headers: { Authorization: AUTHORIZATION } } : {}
  const others = Object.entries(otherBridges).map(([name, line]) => [name, line.join(' ')])
  return {
    claudeCode: `claude mcp add --transport http codebase ${url}/mcp${needsToken ? ` --header "${HEADER}"` : ''}`,
    stdio: bridge.join(' '),
    stdioElsewhere: Object.fromEntries(others) as Readonly<Record<string, string>>,
    http: { mcpServers: { codebase: { type: 'http', url: `${url}/mcp`, ...headers } } },
    process: { mcpServers: { codebase: { command, args } } },
  }
}
