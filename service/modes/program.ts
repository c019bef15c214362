import { Command, CommanderError } from 'commander'
import type { EvalOptions } from './eval.ts'
import type { FetchOptions } from './fetch-backup.ts'
import type { SearchOptions } from './search.ts'
import type { Environment, Setup } from './setup.ts'

/** Each mode's words, in the order of the help. */
const MODES = [
  'serve',
  'mcp',
  'worker',
  'migrate',
  'healthcheck',
  'pull-model',
  'index',
  'search',
  'status',
  'eval',
  'doctor',
  'store-backup',
  'fetch-backup',
  'check-restore',
] as const

const HELP_WORDS = ['help', '--help', '-h']

/** Runs the mode that the arguments name, `serve` where they name none; the exit code. */
export async function runMode(args: readonly string[], environment: Environment): Promise<number> {
  const [mode = 'serve', ...rest] = args
  if (![...MODES, ...HELP_WORDS].includes(mode)) {
    process.stderr.write(`There is no mode ${JSON.stringify(mode)}. The modes are: ${MODES.join(', ')}\n`)
    return 1
  }
  let exitCode = 0
  const run = <Rest extends unknown[]>(work: (setup: Setup, ...rest: Rest) => Promise<number>) => {
    return async (...rest: Rest) => {
      const { withSetup } = await import('./setup.ts')
      exitCode = await withSetup(mode, environment, (setup) => work(setup, ...rest))
    }
  }
  try {
    await defineModes(run).parseAsync([mode, ...rest], { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  }
}

type Run = <Rest extends unknown[]>(
  work: (setup: Setup, ...rest: Rest) => Promise<number>,
) => (...rest: Rest) => Promise<void>

function defineModes(run: Run): Command {
  const program = new Command('codebase-mcp')
    .description(
      'Finds code in your repositories for AI coding agents. Settings come from the environment: see .env.example.',
    )
    .exitOverride()
  const mode = (name: (typeof MODES)[number], summary: string) => program.command(name).description(summary)

  mode('serve', 'HTTP on PORT: MCP at /mcp, the API at /v1, health, metrics, a web page')
    .argument('[paths...]', 'folders or git URLs to index; the current folder where nothing else is said')
    .action(run(async (setup, paths: string[]) => (await import('./serve.ts')).serve(setup, paths)))
  mode('mcp', 'MCP over stdio, in the process or as a bridge to SERVER_URL')
    .argument('[paths...]', 'folders or git URLs to index')
    .action(run(async (setup, paths: string[]) => (await import('./mcp.ts')).mcp(setup, paths)))
  mode('worker', 'takes indexing jobs from the database; health and metrics on PORT').action(
    run(async (setup) => (await import('./worker.ts')).worker(setup)),
  )
  mode('migrate', 'brings the database to the schema of this version')
    .option('--status', 'only tell what is applied and what is pending')
    .action(
      run(async (setup, options: { status?: true }) => (await import('./migrate.ts')).migrateMode(setup, options)),
    )
  mode('healthcheck', 'exits 0 if the server or worker on this machine is ready, else 1').action(
    run(async (setup) => (await import('./healthcheck.ts')).healthcheck(setup)),
  )
  mode('pull-model', 'makes sure that Ollama has the model').action(
    run(async (setup) => (await import('./pull-model.ts')).pullModel(setup)),
  )
  mode('index', 'indexes folders and repositories on git servers, and waits for the end')
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
  mode('status', 'what is indexed and what is running')
    .option('--json', 'the answer as JSON')
    .action(run(async (setup, options: { json?: true }) => (await import('./status.ts')).status(setup, options)))
  mode('eval', 'tells how well questions about a folder are answered')
    .argument('[folder]', 'with source code', '.')
    .option('--questions <file>', 'your own, as JSON: [{"query": "…", "relevant": ["src/file.ts"]}]')
    .option('--count <count>', 'how many are made of commit messages, and of doc comments; 100 unless given')
    .option('--json', 'the answer as JSON')
    .action(
      run(async (setup, folder: string, options: EvalOptions) =>
        (await import('./eval.ts')).evaluate(setup, folder, options),
      ),
    )
  mode('doctor', 'finds what is wrong with this installation, and says what to do')
    .option('--json', 'the findings as JSON')
    .action(run(async (setup, options: { json?: true }) => (await import('./doctor.ts')).doctor(setup, options)))
  const exchanged = ['<folder>', 'where the steps of a run tell each other what they did'] as const
  mode('store-backup', 'keeps what pg_dump has written, deletes what is older than BACKUP_KEEP, and records it')
    .argument(...exchanged)
    .action(run(async (setup, folder: string) => (await import('./store-backup.ts')).storeBackup(setup, folder)))
  mode('fetch-backup', 'makes a backup ready for pg_restore, once it is known to be whole')
    .argument(...exchanged)
    .option('--name <backup>', 'another than the newest', 'newest')
    .option('--test', 'records a failure as that of a restore test')
    .action(
      run(async (setup, folder: string, options: FetchOptions) =>
        (await import('./fetch-backup.ts')).fetchBackup(setup, folder, options),
      ),
    )
  mode('check-restore', 'checks RESTORED_DATABASE_URL, which a backup was restored into, and records the result')
    .argument(...exchanged)
    .action(run(async (setup, folder: string) => (await import('./check-restore.ts')).checkRestore(setup, folder)))
  return program
}
