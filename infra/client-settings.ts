type Line = readonly [command: string, ...args: string[]]

interface Reachable {
  readonly url: string
  /** What starts the bridge, for clients that start a process. */
  readonly bridge: Line
  /** The same in other surroundings, by their names. */
  readonly otherBridges?: Readonly<Record<string, readonly string[]>>
}

/** Ready-to-paste settings for the agents that people use. */
export function clientSettings({ url, bridge, otherBridges = {} }: Reachable) {
  const [command, ...args] = bridge
  const others = Object.entries(otherBridges).map(([name, line]) => [name, line.join(' ')])
  return {
    claudeCode: `claude mcp add --transport http codebase ${url}/mcp`,
    stdio: bridge.join(' '),
    stdioElsewhere: Object.fromEntries(others) as Readonly<Record<string, string>>,
    http: { mcpServers: { codebase: { type: 'http', url: `${url}/mcp` } } },
    process: { mcpServers: { codebase: { command, args } } },
  }
}
