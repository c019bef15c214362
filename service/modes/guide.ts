import { relative } from 'node:path'
import type { Config } from '../config.ts'
import type { EmbedderCheck } from '../embedding/embedder.ts'
import { homeFolder } from '../home-folder.ts'
import { findServer } from './announced-server.ts'
import { identify } from './doctor/probe.ts'
import { addressOf } from './healthcheck.ts'
import type { Setup } from './setup.ts'
import type { Terminal } from './terminal.ts'

type Shown = Pick<Terminal, 'print' | 'style'>

/** Prints the server's address. */
export function printAddress({ print, style = (_, text) => text }: Shown, url: string): void {
  print(`${style('bold', 'Codebase MCP')} is at ${style('cyan', url)} (MCP: ${url}/mcp)`)
}

interface Ready {
  readonly url: string
  readonly dataFolder: string
  /** Returns the command that connects an agent. */
  readonly connect: (client: string) => string
  readonly repositories: readonly string[]
  /** Whether all repositories are indexed, some are still being indexed, or something keeps them from it. */
  readonly state: 'complete' | 'indexing' | 'waiting'
}

/** Prints the next steps, once something is searchable. */
export function printGuide(terminal: Shown, { url, dataFolder, connect, repositories, state }: Ready): void {
  const { print, style = (_, text) => text } = terminal
  const [first = 'the code'] = repositories
  const few = repositories.length === 0 ? 'what the sources list' : repositories.join(', ')
  const what = repositories.length > 3 ? `${repositories.length} repositories` : few
  const isComplete = state === 'complete' && repositories.length > 0
  const rest = isComplete ? 'and saved files are within about a second' : 'as far as it is indexed; the rest follows'
  if (state === 'waiting') print(`Waiting: ${what} will be indexed as soon as that is possible`)
  else print(`${style('green', 'Ready:')} ${what} can be searched, ${rest}`)
  print(`  Look    ${url}`)
  print(`  Connect ${connect('claude-code')}   (or cursor, vscode, codex and others: ${connect('--list')})`)
  print(`  Ask     "Where does ${first} start? Use the tools of codebase."`)
  print(`  Data    ${shortened(dataFolder)}   (Ctrl-C ends the server, the index stays)`)
}

/** Says that a folder is searchable as part of a repository. */
export function printPart({ print }: Pick<Terminal, 'print'>, folder: string, repository: string, path: string): void {
  const words = [repository, path].map((word) => (/^[\w.@/-]+$/.test(word) ? word : JSON.stringify(word)))
  const [named, inside] = words
  print(`${shortened(folder)} is part of ${repository}: search it alone with --repository ${named} --path ${inside}`)
}

/** Explains how to begin, if the index is empty. */
export async function printNothingIndexed(setup: Asking): Promise<void> {
  const { terminal, command, config, isByNpmRun } = setup
  const here = `${command('add', 'FOLDER')} indexes a folder`
  if (config.serverUrl !== undefined) return terminal.print(`Nothing is indexed yet at ${config.serverUrl}: ${here}`)
  terminal.print(`Nothing is indexed yet on this machine: ${here}`)
  const url = await neighbour(config)
  if (url !== undefined) terminal.print(`A server answers at ${url}: SERVER_URL=${url} asks it`)
  else if (isByNpmRun) terminal.print('To ask a stack, set SERVER_URL to the address that npm run status prints')
}

/** Returns the address of a server that answers on the port of the settings and has another data folder. */
export async function neighbour(config: Config): Promise<string | undefined> {
  const url = addressOf(config.http)
  if ((await findServer(config))?.url === url) return undefined
  return (await identify(url)) === 'server' ? url : undefined
}

type Asking = Pick<Setup, 'terminal' | 'command' | 'config' | 'isByNpmRun'>

/** Shortens a path in the home folder to one with `~`. */
export function shortened(path: string): string {
  const home = homeFolder()
  const way = relative(home, path)
  return home === '/' || way === '' || way.startsWith('..') || way === path ? path : `~/${way}`
}

/** Prints why an available Ollama is not used. */
export function printEmbedderState(terminal: Pick<Terminal, 'print'>, embedder: EmbedderCheck): void {
  if (embedder.state === 'ready' || embedder.state === 'off') return
  terminal.print(`Search by meaning uses the model in the package. Ollama's model is not used: ${embedder.reason}`)
}
