import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { closest, distance } from 'fastest-levenshtein'
import { stringify } from 'smol-toml'
import { CLIENTS, type Client, type Connection, claudeCommand, deepLink, settingsOf } from '../client-shapes.ts'
import { userDataFolder } from '../database-settings.ts'
import { Fault } from '../errors.ts'
import { homeFolder } from '../home-folder.ts'
import { findServer } from './announced-server.ts'
import { checkConnection } from './connect/check-connection.ts'
import { BrokenSettings } from './connect/json-settings.ts'
import { entryIn, settingsFile, writeEntry } from './connect/settings-file.ts'
import { checkFolders } from './folders.ts'
import { neighbour, shortened } from './guide.ts'
import { addressOf } from './healthcheck.ts'
import { lastingCommand } from './lasting-command.ts'
import type { Setup } from './setup.ts'

/** Options as commander parses them. */
export interface ConnectOptions {
  readonly list?: true
  readonly print?: true
  readonly remove?: true
  /** `true` stands for the running server. */
  readonly url?: string | true
  readonly folder?: readonly string[]
}

/** Writes, shows or removes an agent's settings. Returns 1 if the agent could not connect. */
export async function connect(setup: Setup, id: string | undefined, options: ConnectOptions): Promise<number> {
  const isIncomplete = options.remove === true || options.url !== undefined || options.folder !== undefined
  if (id === undefined && !options.print && isIncomplete)
    throw new Fault('request_invalid', 'No client is named', 'Name one, such as claude-code; connect --list lists all')
  if (options.list || (id === undefined && !options.print)) return listClients(setup)
  const clients = id === undefined ? CLIENTS : [clientNamed(id)]
  const connection = await connectionFor(setup, options)
  if (options.print) {
    for (const client of clients) printSettings(setup, client, connection)
    return 0
  }
  const [client] = clients as [Client]
  return options.remove ? disconnect(setup, client) : write(setup, client, connection)
}

function clientNamed(id: string): Client {
  const known = CLIENTS.map((client) => client.id)
  const found = CLIENTS.find((client) => client.id === id.toLowerCase())
  if (found !== undefined) return found
  const named = CLIENTS.find((client) => client.name.toLowerCase().includes(id.toLowerCase()))
  const near = named?.id ?? closest(id, known)
  const isNear = named !== undefined || distance(id.toLowerCase(), near) * 2 <= near.length
  const meant = isNear ? `; did you mean ${near}?` : ''
  const message = `There is no client ${JSON.stringify(id)}${meant}`
  throw new Fault('request_invalid', message, `The clients are: ${known.join(', ')}`)
}

/** Returns the file of an agent's settings. */
export function settingsFileOf({ config: { agents } }: Setup, { id }: Client): string {
  return settingsFile(id, {
    home: homeFolder(),
    platform: process.platform,
    ...(agents.configHome !== undefined && { configHome: agents.configHome }),
    ...(agents.claudeCode !== undefined && { claudeFolder: resolve(agents.claudeCode) }),
    ...(agents.codex !== undefined && { codexFolder: resolve(agents.codex) }),
  })
}

async function listClients(setup: Setup): Promise<number> {
  const { terminal, command } = setup
  const width = Math.max(...CLIENTS.map(({ id }) => id.length)) + 2
  for (const client of CLIENTS) {
    const file = settingsFileOf(setup, client)
    terminal.print(`${client.id.padEnd(width)}${(await stateOf(file, client)).padEnd(15)}${shortened(file)}`)
  }
  terminal.print(`\n${command('connect', 'CLIENT')} writes the settings; --print shows them, --remove removes them`)
  return 0
}

async function stateOf(file: string, client: Client): Promise<string> {
  const isThere = existsSync(file) || (dirname(file) !== homeFolder() && existsSync(dirname(file)))
  if (!isThere) return 'not found'
  const entry = await entryIn(file, client).catch((error: Fault) => error)
  if (entry instanceof Fault) return entry.cause instanceof BrokenSettings ? 'broken file' : 'not readable'
  return entry === undefined ? 'not connected' : 'connected'
}

/** Returns how the client reaches this program. */
async function connectionFor(setup: Setup, { url, folder = [] }: ConnectOptions): Promise<Connection> {
  const { config, absolute } = setup
  const token = config.serverToken ?? config.http.tokens[0]?.token
  if (typeof url === 'string') checkAddress(url)
  const given = typeof url === 'string' ? url : config.serverUrl
  if (url !== undefined || given !== undefined) {
    const address = given ?? (await findServer(config))?.url ?? addressOf(config.http)
    const base = address.replace(/\/(mcp\/?)?$/, '')
    return { kind: 'http', url: `${base}/mcp`, ...(token !== undefined && { token }) }
  }
  const folders = absolute(folder)
  await checkFolders(folders)
  const env = environmentFor(setup)
  const [command, ...args] = lastingCommand()
  return {
    kind: 'stdio',
    command,
    args: [...args, 'mcp', ...folders],
    ...(env !== undefined && { env }),
  }
}

/** @throws Fault `request_invalid` */
function checkAddress(url: string): void {
  if (URL.canParse(url) && /^https?:\/\/./i.test(url)) return
  const meant = url.replace(/^\w+:\/\//, '')
  const example = /^[\w-]+(?:[.:][\w-]+)+(?:\/\S*)?$/.test(meant) ? meant : 'localhost:8000'
  const remedy = `Give the address of a server with http:// or https://, such as http://${example}`
  throw new Fault('request_invalid', `--url ${JSON.stringify(url)} is not an address`, remedy)
}

/** Returns the variables for the data folder that this process has and a client would not. */
function environmentFor({ config }: Setup): Readonly<Record<string, string>> | undefined {
  const { database } = config
  if (database.kind !== 'embedded' || database.folder === userDataFolder({})) return undefined
  return { DATA_FOLDER: resolve(database.folder) }
}

function printSettings(setup: Setup, client: Client, connection: Connection): void {
  const { terminal } = setup
  const settings = settingsOf(client, connection)
  terminal.print(`${client.name}, ${shortened(settingsFileOf(setup, client))}:`)
  if (settings === undefined) {
    terminal.print(`  This client can only start a process: leave out --url\n`)
    return
  }
  const text = client.format === 'toml' ? stringify(settings) : JSON.stringify(settings, null, 2)
  for (const line of text.trimEnd().split('\n')) terminal.print(`  ${line}`)
  const link = deepLink(client, connection)
  if (link !== undefined) terminal.print(`  or open ${link}`)
  if (client.id === 'claude-code' && connection.kind === 'http') {
    terminal.print(`  or run ${claudeCommand(connection.url, connection.token)}`)
  }
  terminal.print('')
}

async function write(setup: Setup, client: Client, connection: Connection): Promise<number> {
  const { terminal } = setup
  const entry = client.entry(connection)
  if (entry === undefined) {
    throw new Fault(
      'request_invalid',
      `${client.name} can only start a process, and not use an address`,
      'Leave out --url',
    )
  }
  const file = settingsFileOf(setup, client)
  const { changed, copy } = await writeEntry(file, client, entry)
  terminal.print(
    changed
      ? `${client.name}: written to ${shortened(file)}`
      : `${client.name} is connected already, in ${shortened(file)}`,
  )
  if (copy !== undefined) terminal.print(`  the previous settings are in ${shortened(copy)}`)
  return (await tellCheck(setup, client, connection)) ? 0 : 1
}

async function tellCheck(setup: Setup, client: Client, connection: Connection): Promise<boolean> {
  const { terminal, command } = setup
  const how = connection.kind === 'http' ? connection.url : `${connection.command} ${connection.args.join(' ')}`
  terminal.replaceLine?.('Connecting as that client does')
  try {
    const { tools, ms, isEmpty } = await checkConnection(connection)
    terminal.print(
      `  checked the way that client connects: ${tools} tools in ${ms} ms. Restart ${client.name} to use them`,
    )
    if (isEmpty) {
      terminal.print(`  nothing is indexed yet: ${command('add', 'FOLDER')} indexes a folder`)
      const url = connection.kind === 'http' ? undefined : await neighbour(setup.config)
      if (url !== undefined)
        terminal.print(`  a server answers at ${url}: with --url ${url}, ${client.name} uses that one`)
    }
    return true
  } catch (error) {
    terminal.note(`${client.name} could not connect to ${how}: ${(error as Error).message}`)
    terminal.note(connection.kind === 'http' ? 'Start the server, or leave out --url' : `Run ${command('doctor', '')}`)
    return false
  }
}

async function disconnect(setup: Setup, client: Client): Promise<number> {
  const file = settingsFileOf(setup, client)
  const { changed, copy, restored } = await writeEntry(file, client, undefined)
  const as =
    restored === 'file'
      ? ', which is as it was before'
      : restored === 'nothing'
        ? ', which is gone, as it was before'
        : ''
  setup.terminal.print(
    changed ? `${client.name}: removed from ${shortened(file)}${as}` : `${client.name} was not connected`,
  )
  if (copy !== undefined) setup.terminal.print(`  the previous settings are in ${shortened(copy)}`)
  return 0
}
