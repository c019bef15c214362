import { setTimeout as delay } from 'node:timers/promises'
import { makeAgent } from './agent.ts'
import { once } from './postgres.ts'

const POLL_MS = 50
const PATIENCE_MS = 600_000

interface Repository {
  readonly name: string
  readonly state: string
  readonly files: number
  readonly chunks: number
  readonly embedded: number
}

/** Size of the index, summed over all repositories. */
export interface IndexState {
  readonly files: number
  readonly chunks: number
  readonly embedded: number
}

/** Waits until at least `count` repositories exist and all are ready. */
export async function settled(url: string, { count = 1, token }: { count?: number; token?: string } = {}) {
  const agent = makeAgent(url, token === undefined ? {} : { token })
  const deadline = Date.now() + PATIENCE_MS
  try {
    for (;;) {
      const { status, text } = await agent.get('/v1/repositories')
      if (status !== 200) throw new Error(`/v1/repositories: ${status} ${text.slice(0, 300)}`)
      const { repositories } = JSON.parse(text) as { repositories: Repository[] }
      const failed = repositories.find(({ state }) => state === 'failed')
      if (failed !== undefined) throw new Error(`${failed.name} could not be indexed: ${text.slice(0, 500)}`)
      if (repositories.length >= count && repositories.every(({ state }) => state === 'ready'))
        return sumOf(repositories)
      if (Date.now() > deadline) throw new Error(`Not indexed after ${PATIENCE_MS / 1000} s: ${text.slice(0, 500)}`)
      await delay(POLL_MS)
    }
  } finally {
    agent.close()
  }
}

function sumOf(repositories: readonly Repository[]): IndexState {
  const sum = (of: (repository: Repository) => number) => repositories.reduce((total, each) => total + of(each), 0)
  return {
    files: sum(({ files }) => files),
    chunks: sum(({ chunks }) => chunks),
    embedded: sum((each) => each.embedded),
  }
}

/** Waits until all chunks also have their vectors of Ollama's model. */
export async function embedded(url: string, databaseUrl: string): Promise<IndexState> {
  const state = await settled(url)
  const deadline = Date.now() + PATIENCE_MS
  while ((await missingVectors(databaseUrl)) > 0) {
    if (Date.now() > deadline) throw new Error(`Vectors are still missing after ${PATIENCE_MS / 1000} s`)
    await delay(POLL_MS)
  }
  return state
}

/** Counts visible chunks without a vector of an Ollama model. The names of these models contain a colon. */
export async function missingVectors(databaseUrl: string): Promise<number> {
  const [found] = await once<{ missing: string }>(
    databaseUrl,
    `select count(*) as missing from chunk join file on file.id = chunk.file_id
     join repository on repository.id = file.repository_id
     where file.born <= repository.generation and (file.died is null or file.died > repository.generation)
       and not exists (
         select from embedding join model on model.id = embedding.model_id
         where model.name like '%:%' and embedding.hash = chunk.hash)`,
  )
  return Number(found?.missing)
}

/** Requests a run over a folder and waits until it has ended. Returns the final state of the job. */
export async function indexed(url: string, folder: string): Promise<string> {
  const agent = makeAgent(url)
  try {
    const { status, text } = await agent.post('/v1/repositories', { path: folder })
    if (status !== 202) throw new Error(`A run was refused: ${status} ${text.slice(0, 300)}`)
    const { job_id: id } = JSON.parse(text) as { job_id: string }
    for (;;) {
      const job = JSON.parse((await agent.get(`/v1/jobs/${id}`)).text) as { state: string }
      if (job.state !== 'queued' && job.state !== 'running') return job.state
      await delay(POLL_MS)
    }
  } finally {
    agent.close()
  }
}
