import { CLIENTS, claudeCommand, settingsOf } from '../service/client-shapes.ts'

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

const TOKEN = 'YOUR_TOKEN'
const CLAUDE_CODE = CLIENTS.find(({ id }) => id === 'claude-code')
const CLAUDE_DESKTOP = CLIENTS.find(({ id }) => id === 'claude-desktop')

/** Ready-to-paste settings for the agents that people use. */
export function clientSettings({ url, needsToken = false, bridge, otherBridges = {} }: Reachable) {
  const [command, ...args] = bridge
  const token = needsToken ? { token: TOKEN } : {}
  const others = Object.entries(otherBridges).map(([name, line]) => [name, line.join(' ')])
  return {
    claudeCode: claudeCommand(`${url}/mcp`, token.token),
    stdio: bridge.join(' '),
    stdioElsewhere: Object.fromEntries(others) as Readonly<Record<string, string>>,
    http: CLAUDE_CODE && settingsOf(CLAUDE_CODE, { kind: 'http', url: `${url}/mcp`, ...token }),
    process: CLAUDE_DESKTOP && settingsOf(CLAUDE_DESKTOP, { kind: 'stdio', command, args }),
  }
}
