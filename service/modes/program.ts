import { existsSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { isGitUrl } from '../git-url.ts'
import type { ConnectOptions } from './connect.ts'
import type { EvalOptions } from './eval.ts'
import type { FetchOptions } from './fetch-backup.ts'
import type { SourceOptions } from './folders.ts'
import type { GrepOptions } from './grep.ts'
import type { SearchOptions } from './search.ts'
import type { Environment, SettingOptions, Setup } from './setup.ts'

/** Each mode's words, in the order of the help. */
const MODES = [
  'serve',
  'mcp',
  'connect',
  'add',
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

const OTHER_WORDS = ['help', '--help', '-h', '--version', '-V']

const EXAMPLES = `
Begin with
  codebase-mcp ~/code/shop                 index a folder and serve it, to this machine alone
  codebase-mcp connect claude-code         tell an agent of it; "connect --list" has the others
  codebase-mcp search "where are orders cancelled"

Another folder is added by the same command, or by "codebase-mcp add FOLDER"; all of them are in one index, and one server
answers for all. "codebase-mcp doctor" finds out what is wrong.

Settings are environment variables, or lines of a file .env; "codebase-mcp help serve" has the options.`

/** Runs the mode that the arguments name, `serve` where they name none; the exit code. */
export async function runMode(args: readonly string[], environment: Environment): Promise<number> {
  const words = withMode(args)
  const [mode = 'serve'] = words
  if (![...MODES, ...OTHER_WORDS].includes(mode)) {
    process.stderr.write(`There is no mode ${JSON.stringify(mode)}. The modes are: ${MODES.join(', ')}\n`)
    return 1
  }
  let exitCode = 0
  let options: SettingOptions = {}
  const run = <Rest extends unknown[]>(work: (setup: Setup, ...rest: Rest) => Promise<number>) => {
    return async (...rest: Rest) => {
      const { withSetup } = await import('./setup.ts')
      exitCode = await withSetup(mode, environment, options, (setup) => work(setup, ...rest))
    }
  }
  try {
    const program = defineModes(run).hook('preAction', (_, command) => {
      options = command.opts()
    })
    await program.parseAsync(words, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
}

/** `serve` may be left out before folders and its options. */
function withMode(args: readonly string[]): readonly string[] {
  const [first] = args
  if (first === undefined || [...MODES, ...OTHER_WORDS].includes(first)) return first === undefined ? ['serve'] : args
  const isSource = first.startsWith('-') || /[\\/.~]/.test(first) || isGitUrl(first) || existsSync(first)
  return isSource ? ['serve', ...args] : args
}

const termOf = (command: Command) =>
  [
    command.name(),
    ...command.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`)),
  ].join(' ')

type Run = <Rest extends unknown[]>(
  work: (setup: Setup, ...rest: Rest) => Promise<number>,
) => (...rest: Rest) => Promise<void>

function defineModes(run: Run): Command {
  const program = new Command('codebase-mcp')
    .usage('[FOLDER…]\n       codebase-mcp MODE …')
    .description('Finds code in your repositories, for AI coding agents and for you. Nothing leaves this machine.')
    .version(manifest.version)
    .addHelpText('after', EXAMPLES)
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride()
  const mode = (name: (typeof MODES)[number], summary: string, group = 'Modes:') =>
    program
      .command(name)
      .description(summary)
      .helpGroup(group)
      .option('--data <folder>', 'where the index is kept, in place of DATA_FOLDER')
      .option('--env-file <file>', 'a file of settings, in place of .env')
  const withPort = (command: Command) => command.option('--port <port>', 'where to listen, in place of PORT')
  const withSources = (command: Command) => command.option('--yes', 'takes folders such as / and ~ without asking')
  const inContainers = 'Modes for containers and schedules:'

  withSources(withPort(mode('serve', 'indexes folders and serves them; the word may be left out')))
    .argument('[paths...]', 'folders or git URLs to index; the current folder where nothing else is said')
    .action(
      run(async (setup, paths: string[], options: SourceOptions) =>
        (await import('./serve.ts')).serve(setup, paths, options),
      ),
    )
  mode('mcp', 'MCP over stdio, as agents start it')
    .argument('[paths...]', 'folders or git URLs to index')
    .action(run(async (setup, paths: string[]) => (await import('./mcp.ts')).mcp(setup, paths)))
  mode('connect', 'writes the settings of an agent, and checks them')
    .argument('[client]', 'claude-code, claude-desktop, cursor, vscode, codex, gemini, windsurf, zed, junie')
    .option('--list', 'what there is, and where the settings of each are')
    .option('--print', 'only shows what would be written')
    .option('--remove', 'takes the settings out again')
    .option('--url [url]', 'has the agent ask a running server over HTTP, not start one of its own')
    .option('--folder <folder...>', 'what the agent is to find, besides what is indexed')
    .action(
      run(async (setup, client: string | undefined, options: ConnectOptions) =>
        (await import('./connect.ts')).connect(setup, client, options),
      ),
    )
  withSources(mode('add', 'adds folders to what the running server serves'))
    .argument('<paths...>', 'folders or git URLs')
    .action(
      run(async (setup, paths: string[], options: SourceOptions) =>
        (await import('./add.ts')).add(setup, paths, options),
      ),
    )
  withPort(mode('worker', 'takes indexing jobs from the database; health and metrics on PORT', inContainers)).action(
    run(async (setup) => (await import('./worker.ts')).worker(setup)),
  )
  mode('migrate', 'brings the database to the schema of this version', inContainers)
    .option('--status', 'only tell what is applied and what is pending')
    .action(
      run(async (setup, options: { status?: true }) => (await import('./migrate.ts')).migrateMode(setup, options)),
    )
  withPort(
    mode('healthcheck', 'exits 0 if the server or worker on this machine is ready, else 1', inContainers),
  ).action(run(async (setup) => (await import('./healthcheck.ts')).healthcheck(setup)))
  mode('pull-model', 'makes sure that Ollama has the model', inContainers).action(
    run(async (setup) => (await import('./pull-model.ts')).pullModel(setup)),
  )
  mode('index', 'indexes folders and repositories on git servers, and waits for the end', inContainers)
    .argument('<paths...>', 'folders or git URLs')
    .option('--force', 'analyse every file again')
    .action(
      run(async (setup, paths: string[], options: { force?: true }) =>
        (await import('./index.ts')).index(setup, paths, options),
      ),
    )
  mode('search', 'finds code')
    .argument('<query...>', 'what to look for')
    .option('--repository <name>', 'only this repository')
    .option('--path <path>', 'only files in this folder or of this glob; several by commas')
    .option('--language <language>', 'only files of this language; several by commas')
    .option('--limit <count>', 'how many results, 1 to 50')
    .option('--detail <detail>', 'paths, snippets or full')
    .option('--json', 'the answer as JSON')
    .action(
      run(async (setup, words: string[], options: SearchOptions) =>
        (await import('./search.ts')).search(setup, words, options),
      ),
    )
  mode('grep', 'finds lines by a regular expression')
    .argument('<pattern>', 'as in RE2: linear in time, so without backreferences and lookaround')
    .option('--repository <name>', 'only this repository')
    .option('--path <path>', 'only files in this folder or of this glob; several by commas')
    .option('--language <language>', 'only files of this language; several by commas')
    .option('--ignore-case', 'takes capitals and small letters as the same')
    .option('--limit <count>', 'how many lines, 1 to 200')
    .option('--context <count>', 'lines before and after each, 0 to 10')
    .option('--json', 'the answer as JSON')
    .action(
      run(async (setup, pattern: string, options: GrepOptions) =>
        (await import('./grep.ts')).grep(setup, pattern, options),
      ),
    )
  mode('status', 'what is indexed and what is running')
    .option('--json', 'the answer as JSON')
    .action(run(async (setup, options: { json?: true }) => (await import('./status.ts')).status(setup, options)))
  mode('eval', 'tells how well a folder is searched')
    .argument('[folder]', 'with source code', '.')
    .option('--questions <file>', 'your own, as JSON: [{"query": "…", "relevant": ["src/file.ts"]}]')
    .option('--count <count>', 'how many are made of commit messages, and of doc comments; 100 unless given')
    .option('--json', 'the answer as JSON')
    .action(
      run(async (setup, folder: string, options: EvalOptions) =>
        (await import('./eval.ts')).evaluate(setup, folder, options),
      ),
    )
  mode('doctor', 'finds what is wrong, and says what to do')
    .option('--json', 'the findings as JSON')
    .action(run(async (setup, options: { json?: true }) => (await import('./doctor.ts')).doctor(setup, options)))
  const exchanged = ['<folder>', 'where the steps of a run tell each other what they did'] as const
  mode(
    'store-backup',
    'keeps what pg_dump has written, deletes what is older than BACKUP_KEEP, and records it',
    inContainers,
  )
    .argument(...exchanged)
    .action(run(async (setup, folder: string) => (await import('./store-backup.ts')).storeBackup(setup, folder)))
  mode('fetch-backup', 'makes a backup ready for pg_restore, once it is known to be whole', inContainers)
    .argument(...exchanged)
    .option('--name <backup>', 'another than the newest', 'newest')
    .option('--test', 'records a failure as that of a restore test')
    .action(
      run(async (setup, folder: string, options: FetchOptions) =>
        (await import('./fetch-backup.ts')).fetchBackup(setup, folder, options),
      ),
    )
  mode(
    'check-restore',
    'checks RESTORED_DATABASE_URL, which a backup was restored into, and records the result',
    inContainers,
  )
    .argument(...exchanged)
    .action(run(async (setup, folder: string) => (await import('./check-restore.ts')).checkRestore(setup, folder)))
  return program
}
