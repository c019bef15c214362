import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, promisify } from 'node:util'
import pg from 'pg'
import { startFakeOllama } from '../fakes/ollama.ts'
import { runProgram } from '../service/modes/run-program.ts'
import { makeAgent } from './agent.ts'
import { type Corpus, writeCorpus } from './corpus.ts'
import { Errors } from './errors.ts'
import { embedded } from './index-state.ts'
import { once, type Postgres } from './postgres.ts'
import { defineRow } from './row.ts'

const run = promisify(execFile)

const QUESTIONS = 100
const SIZES = { full: { files: 1000, functions: 10 }, short: { files: 60, functions: 5 } }
const SCRIPTS = fileURLToPath(new URL('../../infra/kubernetes/backup/', import.meta.url))

/** F9: a lost database, restored from its backup. */
export const backups = defineRow({
  row: 'F9',
  about: 'the steps of the CronJobs: a backup, its restore test, then the database is dropped, recreated and restored',
  goal: `the same answers to ${QUESTIONS} golden questions`,
  needsPostgres: true,
  run: async (context, form) => {
    const postgres = await context.postgres()
    const ollama = await startFakeOllama()
    context.after(() => ollama.stop())
    const folder = join(context.folder(), 'code')
    const corpus = writeCorpus(folder, SIZES[form])
    const url = await postgres.database('codebase')
    const settings = { DATABASE_URL: url, OLLAMA_BASE_URL: ollama.url }
    const before = await context.server({ folders: [folder], settings })
    const { chunks } = await embedded(before.url, url)
    const golden = await answersOf(before.url, corpus)
    await before.stop()

    const steps = stepsOf(postgres, url, context.folder())
    const rows = await rowsIn(url)
    await steps.backUp()
    const restoreTests = await steps.test()
    await dropAndMake(await postgres.database('postgres'))
    await steps.restore()
    const lostRows = rows - (await rowsIn(url))

    const after = await context.server({ settings: { ...settings, INDEXING_CONCURRENCY: '0' } })
    const answers = await answersOf(after.url, corpus)
    const different = new Errors()
    for (const [at, answer] of answers.entries()) {
      if (!isDeepStrictEqual(answer, golden[at])) different.add(`Question ${at} is answered differently`)
    }
    return { chunks, questions: answers.length, different: different.count, restoreTests, rows, lostRows }
  },
  holds: ({ questions, different, restoreTests, lostRows }) =>
    questions === QUESTIONS && different === 0 && restoreTests === 1 && lostRows === 0,
})

/**
 * Searches for names, and for words that are also answered by meaning. Returns the answers without timestamps and
 * latencies.
 */
async function answersOf(url: string, { functions, words }: Corpus) {
  const agent = makeAgent(url)
  const answers: object[] = []
  for (let at = 0; at < QUESTIONS; at++) {
    const word = (step: number) => words[(at * step) % words.length]
    const name = functions[(at * 37) % functions.length]?.name
    const query = at % 2 === 0 ? `${name}` : `how the ${word(3)} of a ${word(7)} is ${word(11)}`
    // Asks twice, because the server may still be loading vectors the first time.
    await agent.call('search_code', { query, limit: 20 })
    const { latency_ms: _, indexed_at: __, ...answer } = (await agent.call('search_code', { query, limit: 20 })).content
    answers.push(answer)
  }
  agent.close()
  return answers
}

/** Runs the steps of the CronJobs in docs/backup.md, with the same scripts and modes. */
function stepsOf({ bin, port }: Postgres, url: string, folder: string) {
  const [exchange, kept] = [join(folder, 'exchange'), join(folder, 'backups')]
  for (const each of [exchange, kept]) mkdirSync(each)
  const urlFile = join(folder, 'url')
  writeFileSync(urlFile, url)
  const environment = {
    PATH: `${bin}:${process.env.PATH}`,
    TMPDIR: folder,
    BACKUP_NAME: 'prove',
    BACKUP_FOLDER: kept,
    DATABASE_URL_FILE: urlFile,
    EXCHANGE: exchange,
  }
  const script = (name: string, words: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    run('bash', [join(SCRIPTS, name), ...words], { env: { ...environment, ...more } })
  const mode = async (words: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await runProgram(words, { ...environment, ...more })
    if (code !== 0) throw new Error(`${words[0]} ended with ${code}: ${stdout}${stderr}`)
  }
  return {
    backUp: async () => {
      await script('dump.sh', [])
      await mode(['store-backup', exchange])
    },
    /** Returns the number of tests that succeeded. */
    test: async () => {
      const there = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'postgres', PGDATABASE: 'restored' }
      await mode(['fetch-backup', exchange, '--test'])
      await script('restore.sh', ['test'], there)
      await mode(['check-restore', exchange], { RESTORED_DATABASE_URL: url.replace(/\w+$/, 'restored') })
      return 1
    },
    restore: async () => {
      await mode(['fetch-backup', exchange])
      await script('restore.sh', ['replace'])
      await mode(['migrate'])
    },
  }
}

async function dropAndMake(maintenanceUrl: string): Promise<void> {
  await once(maintenanceUrl, 'drop database codebase with (force)')
  await once(maintenanceUrl, 'create database codebase')
  await once(maintenanceUrl.replace(/\w+$/, 'codebase'), 'create extension vector')
}

/** Counts the rows of all tables except the one that records backups. */
async function rowsIn(url: string): Promise<number> {
  const tables = await once<{ name: string }>(
    url,
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'backup_run'`,
  )
  let rows = 0
  for (const { name } of tables) {
    const [counted] = await once<{ count: string }>(url, `select count(*) from ${pg.escapeIdentifier(name)}`)
    rows += Number(counted?.count)
  }
  return rows
}
