import { stat } from 'node:fs/promises'
import { makeOllama } from '../../embedding/ollama.ts'
import { Fault } from '../../errors.ts'
import { isGitUrl } from '../../git-url.ts'
import { type StuckJob, stuckJobs } from '../../store/diagnosis.ts'
import { getIndexingStatus, type WireJob } from '../../tools/get-indexing-status.ts'
import { listRepositories, type WireRepository } from '../../tools/list-repositories.ts'
import { MINUTE, SECOND } from '../../units.ts'
import type { Backend } from '../backend.ts'
import { checkFolders } from '../folders.ts'
import { hasEnded } from '../progress.ts'
import { TOKEN_REMEDY } from '../remote.ts'
import { type Check, type Finding, failing, findingOf, ok, warning } from './check.ts'
import type { Installation } from './installation.ts'
import { embedsAt } from './probe.ts'
import { isClientOnly } from './settings.ts'

/** Workers look for jobs every two seconds. */
const STUCK_AFTER_MS = MINUTE

/** Checks the folders in REPOSITORIES. */
export function foldersCheck({ setup: { config, absolute } }: Installation): Check {
  return {
    name: 'folders',
    deadlineMs: 5 * SECOND,
    late: { state: 'failing', remedy: 'Check the disks of REPOSITORIES: one of them does not answer' },
    look: () => (isClientOnly(config) ? Promise.resolve([]) : folderFindings(absolute(config.repositories))),
  }
}

/** Checks the index and the jobs. */
export function indexCheck(installation: Installation): Check {
  return {
    name: 'index',
    deadlineMs: 12 * SECOND,
    late: { state: 'failing', remedy: 'See the log of the database: counting takes too long' },
    look: async () => {
      const { kind } = await installation.access
      if (kind === 'failed') return [unasked('database')]
      const backend = await installation.backend
      return backend === undefined ? [] : indexFindings(installation, backend).catch(refused)
    },
  }
}

async function indexFindings(installation: Installation, backend: Backend): Promise<Finding[]> {
  const [listed, told, embeds] = await Promise.all([
    backend.call(listRepositories, {}),
    backend.call(getIndexingStatus, {}),
    isEmbedding(installation),
  ])
  const repositories = listed.structured.repositories as WireRepository[]
  const jobs = told.structured.jobs as WireJob[]
  const stuck = await stuckOf(installation, jobs)
  const goingOn = stuck.length === 0 && jobs.some((job) => !hasEnded(job))
  return [
    ...repositoryFindings(repositories, addingTo(installation)),
    ...(hasSources(installation) ? await sourceFindings(repositories) : []),
    ...(embeds ? embeddedFinding(repositories, goingOn) : []),
    ...stuckFindings(stuck),
  ]
}

async function isEmbedding({ setup: { config }, access }: Installation): Promise<boolean> {
  const found = await access
  return found.kind === 'server' ? embedsAt(found.server.url) : makeOllama(config.embedding).isExpected()
}

/** Whether the indexed folders are on this machine. Workers elsewhere have their own. */
function hasSources({ setup: { config } }: Installation): boolean {
  return !isClientOnly(config) && config.indexing.concurrency > 0
}

async function stuckOf({ access }: Installation, jobs: readonly WireJob[]): Promise<StuckJob[]> {
  const found = await access
  if (found.kind === 'server') return stuckAmong(jobs, Date.now())
  // Without a server, jobs of an embedded database wait for the next start.
  return found.kind === 'open' && found.database.kind === 'postgres' ? stuckJobs(found.database, STUCK_AFTER_MS) : []
}

const unasked = (of: string) => warning('index', `not checked, because the ${of} cannot be asked`, `See ${of}`)

function refused(error: unknown): Finding[] {
  if (error instanceof Fault && error.status === 401) return [failing('index', error.message, TOKEN_REMEDY)]
  if (error instanceof Fault && error.code === 'server_unreachable') return [unasked('server')]
  throw error
}

/** Checks whether the configured folders can be indexed. */
export async function folderFindings(paths: readonly string[]): Promise<Finding[]> {
  const refused = await Promise.all(
    paths.map((path) =>
      checkFolders([path]).then(
        () => [],
        (error: unknown) => [findingOf('folder', error)],
      ),
    ),
  )
  const found = refused.flat()
  if (found.length > 0 || paths.length === 0) return found
  return [ok('folders', `${paths.length} configured, ${paths.length === 1 ? 'it' : 'each'} can be read`)]
}

/** A database server belongs to a deployment, which is told what to index; nobody runs commands where it runs. */
const addingTo = ({ setup: { config, command } }: Installation) =>
  config.database.kind === 'postgres' ? 'Set REPOSITORIES' : `Index a folder: ${command('add', 'FOLDER')}`

/** Summarises the index, and reports each repository with a problem. @param adding how to index the first one */
export function repositoryFindings(repositories: readonly WireRepository[], adding: string): Finding[] {
  if (repositories.length === 0) {
    return [warning('index', 'nothing is indexed yet', adding)]
  }
  const sum = (count: (repository: WireRepository) => number) =>
    repositories.reduce((total, repository) => total + count(repository), 0)
  const size = `${sum(({ files }) => files)} files in ${sum(({ chunks }) => chunks)} chunks`
  const count = repositories.length === 1 ? '1 repository' : `${repositories.length} repositories`
  return [ok('index', `${count}, ${size}`), ...repositories.flatMap(troubleOf)]
}

function troubleOf({ name, state, chunks, fault }: WireRepository): Finding[] {
  const about = `repository ${name}`
  if (state === 'empty')
    return [
      warning(about, 'has never been indexed', 'See the log: it says why its first run has not begun or not ended'),
    ]
  if (state !== 'failed') return []
  const why = fault?.message ?? 'the reason was not kept'
  const remedy = fault?.remedy ?? 'See the log, then index it again'
  if (chunks === 0) return [failing(about, `could not be indexed: ${why}`, remedy)]
  return [warning(about, `could not be indexed again, so answers come from the last index: ${why}`, remedy)]
}

/** Reports repositories whose folder no longer exists. For folders on this machine only. */
export async function sourceFindings(repositories: readonly WireRepository[]): Promise<Finding[]> {
  const found = await Promise.all(
    repositories.map(async ({ name, source }) => {
      if (isGitUrl(source)) return []
      const there = await stat(source).catch(() => undefined)
      if (there?.isDirectory()) return []
      const remedy = `Restore the folder, or remove the repository: DELETE /v1/repositories/${name} of the server`
      return [warning(`repository ${name}`, `is indexed, but its folder ${source} does not exist`, remedy)]
    }),
  )
  return found.flat()
}

/** Reports how many chunks have a vector of Ollama's model. Only if Ollama is turned on. */
export function embeddedFinding(repositories: readonly WireRepository[], goingOn: boolean): Finding[] {
  const chunks = repositories.reduce((total, repository) => total + repository.chunks, 0)
  const embedded = repositories.reduce((total, repository) => total + repository.embedded, 0)
  if (chunks === 0) return []
  const byMeaning = repositories.reduce((total, repository) => total + repository.by_meaning, 0)
  const found = byMeaning > embedded ? `, and ${byMeaning} can be found by meaning` : ''
  const detail = `${embedded} of ${chunks} chunks (${Math.floor((100 * embedded) / chunks)} %) have a vector of Ollama's model${found}`
  if (embedded === chunks) return [ok('embeddings', detail)]
  if (goingOn) return [ok('embeddings', `${detail}; jobs are running`)]
  return [warning('embeddings', detail, 'A server or worker that reaches Ollama embeds the rest: see ollama above')]
}

/** Reports jobs that no worker takes. */
export function stuckFindings(jobs: readonly StuckJob[]): Finding[] {
  return jobs.map(({ repository, kind, state, seconds }) => {
    const what = state === 'queued' ? 'is waiting for a worker' : 'was abandoned by its worker'
    const needs = kind === 'embed' ? ' and without OLLAMA_BASE_URL=off' : ''
    return warning(
      'job',
      `${repository}: a job (${kind}) ${what}, for ${seconds} s`,
      `Start a server or worker on this database with INDEXING_CONCURRENCY of at least 1${needs}`,
    )
  })
}

/** Finds the same jobs in a server's answer, which does not show leases. */
export function stuckAmong(jobs: readonly WireJob[], now: number): StuckJob[] {
  return jobs
    .filter(({ state, kind, created_at: createdAt }) => {
      const waitsLong = state === 'queued' && now - Date.parse(createdAt) > STUCK_AFTER_MS
      return waitsLong && !jobs.some((other) => other.kind === kind && other.state === 'running')
    })
    .map(({ repository, kind, created_at: createdAt }) => {
      return { repository, kind, state: 'queued', seconds: Math.round((now - Date.parse(createdAt)) / SECOND) }
    })
}
