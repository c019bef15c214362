import { CLIENTS, claudeCommand, settingsOf } from '../service/client-shapes.ts'

type Line = readonly [command: string, ...args: string[]]

interface Reachable {
  readonly url: string
  /** Whether the server requires a token. */
  readonly needsToken?: boolean
  /** Command that starts the stdio bridge, for clients that launch a process. */
  readonly bridge: Line
  /** Bridge commands for other environments, by name. */
  readonly otherBridges?: Readonly<Record<string, readonly string[]>>
}

const TOKEN = 'YOUR_TOKEN'
const CLAUDE_CODE = CLIENTS.find(({ id }) => id === 'claude-code')
const CLAUDE_DESKTOP = CLIENTS.find(({ id }) => id === 'claude-desktop')

/** Returns ready-to-paste settings for common agents. */
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
