import { Command, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import type { ConnectOptions } from './connect.ts'
import type { EvalOptions } from './eval.ts'
import type { FetchOptions } from './fetch-backup.ts'
import type { SourceOptions } from './folders.ts'
import type { GrepOptions } from './grep.ts'
import type { RemoveOptions } from './remove.ts'
import type { SearchOptions } from './search.ts'
import type { Setup } from './setup.ts'

/** The commands in the order of the help. */
export const MODES = [
  'serve',
  'mcp',
  'connect',
  'add',
  'remove',
  'search',
  'grep',
  'status',
  'doctor',
  'eval',
  'worker',
  'migrate',
  'healthcheck',
  'pull-model',
  'index',
  'store-backup',
  'fetch-backup',
  'check-restore',
] as const

const EXAMPLES = `
Start here:
  codebase-mcp ~/code/shop            index a folder and serve it
  codebase-mcp connect claude-code    connect an agent ("connect --list")
  codebase-mcp search "where are orders cancelled"

One server and one index hold all your folders: run the first command
again in another folder, or "codebase-mcp add FOLDER", to add it.
"codebase-mcp remove FOLDER" takes it out again.
"codebase-mcp doctor" finds out what is wrong.

Settings are environment variables, or lines of a file .env.
"codebase-mcp help serve" lists the options of a mode.`

/** Makes the action of a mode from its work, which gets the arguments and options of the command. */
export type Run = <Rest extends unknown[]>(
  work: (setup: Setup, ...rest: Rest) => Promise<number>,
) => (...rest: Rest) => Promise<void>

/** Adds the command of a mode. */
type AddMode = (name: (typeof MODES)[number], summary: string) => Command

/** Defines the arguments and options of all modes. A mode's code is loaded when it runs. */
export function defineModes(run: Run): Command {
  const program = new Command('codebase-mcp')
    .usage('[FOLDER…]\n       codebase-mcp MODE …')
    .description('Code search for AI coding agents, and for you. Your code stays on this machine.')
    .version(manifest.version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print this help')
    .addHelpCommand(new Command('help').argument('[mode]').description('Print the help of a mode').helpGroup('Modes:'))
    .showHelpAfterError('"codebase-mcp help MODE" lists its arguments and options')
    .addHelpText('after', EXAMPLES)
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride()
  const inGroup =
    (group: string): AddMode =>
    (name, summary) =>
      program
        .command(name)
        .description(summary)
        .helpGroup(group)
        .showHelpAfterError(`"codebase-mcp help ${name}" lists its arguments and options`)
        .option('--data <folder>', 'keep the index here instead of in DATA_FOLDER')
        .option('--env-file <file>', 'read settings from this file instead of .env')
  const modes = inGroup('Modes:')
  const containerModes = inGroup('Modes for containers and schedules:')
  defineServing(modes, run)
  defineSearching(modes, run)
  defineDiagnosis(modes, run)
  defineContainers(containerModes, run)
  defineBackups(containerModes, run)
  return program
}

const termOf = (command: Command) =>
  [
    command.name(),
    ...command.registeredArguments.map((each) => {
      const name = `${each.name()}${each.variadic ? '…' : ''}`
      return each.required ? `<${name}>` : `[${name}]`
    }),
  ].join(' ')

const withPort = (command: Command) => command.option('--port <port>', 'listen on this port instead of PORT')
const withSources = (command: Command) => command.option('--yes', 'index folders such as / and ~ without asking')

function defineServing(mode: AddMode, run: Run): void {
  withSources(withPort(mode('serve', 'Index folders and serve them (the default mode)')))
    .argument('[paths...]', 'folders or git URLs to index (default: the current folder)')
    .action(
      run(async (setup, paths: string[], options: SourceOptions) =>
        (await import('./serve.ts')).serve(setup, paths, options),
      ),
    )
  mode('mcp', 'Serve MCP over stdio, as agents start it')
    .argument('[paths...]', 'folders or git URLs to index')
    .action(run(async (setup, paths: string[]) => (await import('./mcp.ts')).mcp(setup, paths)))
  mode('connect', 'Connect an agent: write its settings and check them')
    .argument('[client]', 'claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf, zed, junie')
    .option('--list', 'list the clients and their settings files')
    .option('--print', 'show the settings and write nothing')
    .option('--remove', 'remove the settings again')
    .option('--url [url]', 'connect the agent to a running server over HTTP instead of starting one')
    .option('--folder <folder...>', 'index these folders as well when the agent starts')
    .action(
      run(async (setup, client: string | undefined, options: ConnectOptions) =>
        (await import('./connect.ts')).connect(setup, client, options),
      ),
    )
  withSources(mode('add', 'Add folders to the running server'))
    .argument('<paths...>', 'folders or git URLs')
    .action(
      run(async (setup, paths: string[], options: SourceOptions) =>
        (await import('./add.ts')).add(setup, paths, options),
      ),
    )
  mode('remove', 'Remove folders and git repositories from the index; their files stay')
    .argument('<repositories...>', 'names, folders or git URLs, as "codebase-mcp status" lists them')
    .option('--yes', 'remove without asking')
    .action(
      run(async (setup, names: string[], options: RemoveOptions) =>
        (await import('./remove.ts')).remove(setup, names, options),
      ),
    )
}

const withFilters = (command: Command) =>
  command
    .option('--repository <name>', 'only this repository')
    .option('--path <path>', 'only files in this folder or matching this glob; several with commas')
    .option('--language <language>', 'only files in this language; several with commas')

function defineSearching(mode: AddMode, run: Run): void {
  withFilters(mode('search', 'Find code by meaning and by words'))
    .argument('<query...>', 'a question, a description, or names')
    .option('--limit <count>', 'maximum number of results, 1 to 50')
    .addOption(
      new Option('--detail <detail>', 'how much of each result to show').choices(['paths', 'snippets', 'full']),
    )
    .option('--json', 'print the answer as JSON')
    .action(
      run(async (setup, words: string[], options: SearchOptions) =>
        (await import('./search.ts')).search(setup, words, options),
      ),
    )
  withFilters(mode('grep', 'Find lines by a regular expression'))
    .argument('<pattern>', 'in RE2 syntax: no backreferences, no lookaround')
    .option('-i, --ignore-case', 'ignore case')
    .option('-F, --literal', 'match the pattern literally')
    .option('--limit <count>', 'maximum number of lines, 1 to 200')
    .option('--offset <count>', 'matches to skip, as the previous answer says')
    .option('--context <count>', 'lines to show before and after each match, 0 to 10')
    .option('--json', 'print the answer as JSON')
    .action(
      run(async (setup, pattern: string, options: GrepOptions) =>
        (await import('./grep.ts')).grep(setup, pattern, options),
      ),
    )
}

function defineDiagnosis(mode: AddMode, run: Run): void {
  mode('status', 'Show what is indexed and which jobs run')
    .option('--json', 'print the answer as JSON')
    .action(run(async (setup, options: { json?: true }) => (await import('./status.ts')).status(setup, options)))
  mode('eval', 'Measure how well search answers questions about a folder')
    .argument('[folder]', 'a folder with source code', '.')
    .option('--questions <file>', 'a JSON file with your own questions: [{"query": "…", "relevant": ["src/file.ts"]}]')
    .option('--count <count>', 'questions to generate from commit messages, and from doc comments (default: 100 each)')
    .option('--json', 'print the answer as JSON')
    .action(
      run(async (setup, folder: string, options: EvalOptions) =>
        (await import('./eval.ts')).evaluate(setup, folder, options),
      ),
    )
  mode('doctor', 'Find out what is wrong and what to do about it')
    .option('--json', 'print the findings as JSON')
    .action(run(async (setup, options: { json?: true }) => (await import('./doctor.ts')).doctor(setup, options)))
}

function defineContainers(mode: AddMode, run: Run): void {
  withPort(mode('worker', 'Run indexing jobs from the database; health and metrics on PORT')).action(
    run(async (setup) => (await import('./worker.ts')).worker(setup)),
  )
  mode('migrate', 'Migrate the database to the schema of this version')
    .option('--status', 'list applied and pending migrations, and change nothing')
    .action(
      run(async (setup, options: { status?: true }) => (await import('./migrate.ts')).migrateMode(setup, options)),
    )
  withPort(mode('healthcheck', 'Exit with 0 if the server or worker on this machine is ready, else with 1')).action(
    run(async (setup) => (await import('./healthcheck.ts')).healthcheck(setup)),
  )
  mode('pull-model', 'Pull the model into Ollama if it is missing').action(
    run(async (setup) => (await import('./pull-model.ts')).pullModel(setup)),
  )
  mode('index', 'Index folders and git repositories, and wait until they are indexed')
    .argument('<paths...>', 'folders or git URLs')
    .option('--force', 'analyse every file again, changed or not')
    .action(
      run(async (setup, paths: string[], options: { force?: true }) =>
        (await import('./index-sources.ts')).indexSources(setup, paths, options),
      ),
    )
}

function defineBackups(mode: AddMode, run: Run): void {
  const exchanged = ['<folder>', 'folder in which the steps of a backup or restore exchange files'] as const
  mode('store-backup', 'Store a dump made by pg_dump, delete backups beyond BACKUP_KEEP, and record the result')
    .argument(...exchanged)
    .action(run(async (setup, folder: string) => (await import('./store-backup.ts')).storeBackup(setup, folder)))
  mode('fetch-backup', 'Fetch a backup for pg_restore and verify that it is complete')
    .argument(...exchanged)
    .option('--name <backup>', 'the backup to fetch', 'newest')
    .option('--test', 'record a failure as one of a restore test')
    .action(
      run(async (setup, folder: string, options: FetchOptions) =>
        (await import('./fetch-backup.ts')).fetchBackup(setup, folder, options),
      ),
    )
  mode('check-restore', 'Check the database in RESTORED_DATABASE_URL after a restore, and record the result')
    .argument(...exchanged)
    .action(run(async (setup, folder: string) => (await import('./check-restore.ts')).checkRestore(setup, folder)))
}
