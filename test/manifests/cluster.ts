import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outputOf } from '../../infra/processes.ts'

const SOURCES = fileURLToPath(new URL('cluster', import.meta.url))

/** One end of a connection: a pod, or an address outside the cluster. */
export interface Peer {
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly ip: string
}

interface Connection {
  readonly from: Peer
  readonly to: Peer
  readonly port: number
  readonly protocol: 'TCP' | 'UDP'
}

interface Questions {
  /** Versions of Kubernetes whose admission rules are applied. */
  readonly versions: readonly string[]
  readonly connections: readonly Connection[]
}

interface Answer {
  /** Violations of Pod Security's level `restricted`, by pod. */
  readonly refused: readonly string[]
  /** Objects of operators that do not fit their types. */
  readonly invalid: readonly string[]
  /** Whether the policies allow each connection. */
  readonly allowed: readonly boolean[]
}

export type Cluster = (manifests: string, questions: Questions) => Promise<Answer>

/** Judges manifests like a cluster, with Kubernetes' own admission code and Cyclonus' network policies. */
export async function makeCluster(): Promise<Cluster> {
  const program = await built()
  return async (manifests, questions) => {
    const file = `${manifests}.questions.json`
    writeFileSync(file, JSON.stringify(questions))
    const { exitCode, output, errors } = await outputOf(program, [manifests, file])
    if (exitCode !== 0) throw new Error(`Checking ${manifests} failed:\n${errors}`)
    return JSON.parse(output) as Answer
  }
}

/** Builds the program outside the checkout, because compiling Kubernetes' packages takes minutes. */
async function built(): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'codebase-mcp')
  const hash = createHash('sha256')
  for (const name of readdirSync(SOURCES).toSorted()) hash.update(readFileSync(join(SOURCES, name)))
  const program = join(folder, `manifests-cluster-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  process.stdout.write('Compiling the checker once, which takes minutes.\n')
  const { exitCode, errors } = await outputOf('go', ['build', '-o', program, '.'], { cwd: SOURCES })
  if (exitCode !== 0) throw new Error(`go build failed:\n${errors}`)
  return program
}
