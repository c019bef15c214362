interface Reachable {
  readonly url: string
  /** What starts the bridge, for clients that start a process. */
  readonly bridge: readonly [command: string, ...args: string[]]
}

/** Ready-to-paste settings for the agents that people use. */
export function clientSettings({ url, bridge: [command, ...args] }: Reachable) {
  return {
    claudeCode: `claude mcp add --transport http codebase ${url}/mcp`,
    stdio: [command, ...args].join(' '),
    http: { mcpServers: { codebase: { type: 'http', url: `${url}/mcp` } } },
    process: { mcpServers: { codebase: { command, args } } },
  }
}
