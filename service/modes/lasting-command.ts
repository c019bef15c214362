import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'

/** A command and its first arguments. */
export type Command = readonly [command: string, ...args: string[]]

/** How this process was started. Both paths are resolved. */
interface Started {
  readonly node: string
  readonly script: string
  readonly platform: NodeJS.Platform
}

/** Without `--prefer-offline`, npx asks the registry first, and waits over a minute without a network. */
const NPX_OPTIONS = ['-y', '--prefer-offline'] as const
/** What bin.js advises if Node is too old. */
const WITH_NODE = ['--package', 'node@24', '--package', 'codebase-mcp', 'codebase-mcp'] as const
const OF_NPX = /[\\/]_npx[\\/]/
/** Commands that run a package without installing it, by the folders in which they keep it for a while. */
const RUNNERS: readonly (readonly [folder: RegExp, command: Command])[] = [
  [OF_NPX, ['npx', 'codebase-mcp']],
  [/[\\/]pnpm[\\/](?:.*[\\/])?dlx[\\/-]/, ['pnpm', 'dlx', 'codebase-mcp']],
  [/[\\/]xfs-[^\\/]+[\\/]dlx-/, ['yarn', 'dlx', '-q', 'codebase-mcp']],
  [/[\\/]bunx-[^\\/]+[\\/]/, ['bunx', 'codebase-mcp']],
]

/** A folder that is named for a version, as version managers of Node name theirs. */
const OF_A_VERSION = /[\\/][^\\/]*\d+\.\d+\.\d+[^\\/]*[\\/]/
const INSTALLED = /[\\/]node_modules[\\/]codebase-mcp[\\/]/

const thisProcess = (): Started => ({
  node: process.execPath,
  script: realpathSync(resolve(process.argv[1] ?? '')),
  platform: process.platform,
})

/** Returns the command with which somebody ran the program without installing it, or undefined if it is installed. */
export function runnerOf({ node, script }: Pick<Started, 'node' | 'script'> = thisProcess()): Command | undefined {
  return OF_NPX.test(node) ? ['npx', ...WITH_NODE] : RUNNERS.find(([folder]) => folder.test(script))?.[1]
}

/** Returns a command that starts this program and still does when a cache is cleared or Node is replaced. */
export function lastingCommand({ node, script, platform }: Started = thisProcess()): Command {
  const runner = runnerOf({ node, script })
  if (runner !== undefined) return asProgram(withoutAsking(runner), platform)
  const lasting = lastingPath(node)
  const [folder = ''] = INSTALLED.test(script) ? script.split(INSTALLED) : []
  const isReplaced = folder !== '' && (OF_A_VERSION.test(lasting) || OF_A_VERSION.test(`${folder}/`))
  return isReplaced ? asProgram(withoutAsking(['npx', 'codebase-mcp']), platform) : [lasting, script]
}

const withoutAsking = ([runner, ...words]: Command): Command =>
  runner === 'npx' ? [runner, ...NPX_OPTIONS, ...words] : [runner, ...words]

/** On Windows these commands are scripts, which only a shell can start. */
function asProgram(command: Command, platform: NodeJS.Platform): Command {
  return platform === 'win32' ? ['cmd', '/c', ...command] : command
}

/** Returns the path by which Homebrew keeps a program when it replaces its version, if it is Homebrew's. */
export function lastingPath(path: string): string {
  const lasting = path.replace(/\/Cellar\/([^/]+)\/[^/]+\//, '/opt/$1/')
  return lasting !== path && existsSync(lasting) && realpathSync(lasting) === path ? lasting : path
}
