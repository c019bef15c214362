import { CLIENTS, claudeCommand, settingsOf } from '../service/client-shapes.ts'
import { type NamedStack, npmRun } from './printed-commands.ts'

/** Command that makes a server reachable from this machine while it runs, and the address that it then has. */
export interface Outside {
  readonly command: string
  readonly url: string
}

/** Returns the lines that tell how this machine reaches a server. */
export const wayInto = ({ url, command }: Outside) => [
  `From this machine: ${url}, while this command runs:`,
  `  ${command}`,
]

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

/** Outputs of a stack that tell how to connect to it. */
interface Reached {
  readonly url?: string
  readonly outside?: Outside
  /** Undefined if no token was generated. */
  readonly token?: unknown
  readonly clients?: { readonly claudeCode?: string; readonly stdio?: string; readonly http?: unknown }
}

/** Returns the instructions for connecting to a stack. */
export function howToConnect({ url, outside, token, clients }: Reached, asked: NamedStack): string {
  if (url === undefined || clients === undefined) return 'Done.'
  const secret = token === undefined ? '' : `SERVER_TOKEN=${TOKEN} `
  return [
    '',
    ...(outside === undefined
      ? [`Codebase MCP: ${url}`]
      : [`Codebase MCP: ${url}, for pods of the cluster`, ...wayInto(outside)]),
    '',
    'Claude Code:',
    `  ${clients.claudeCode}`,
    'Clients that are configured with JSON:',
    `  ${JSON.stringify(clients.http)}`,
    'Over stdio:',
    `  ${clients.stdio}`,
    'From this checkout:',
    `  SERVER_URL=${outside?.url ?? url} ${secret}npm run search -- "where does it start"`,
    ...(token === undefined
      ? []
      : ['The token:', `  npm run pulumi -- stack output token --show-secrets --stack ${asked.stack}`]),
    'How far indexing is:',
    `  ${npmRun(asked, 'status')}`,
  ].join('\n')
}
