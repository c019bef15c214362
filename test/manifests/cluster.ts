import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outputOf } from '../../infra/processes.ts'

const SOURCES = fileURLToPath(new URL('cluster', import.meta.url))

/** Somebody who connects, or is connected to: a pod, or an address outside of the cluster. */
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
  /** Of Kubernetes, by whose rules pods are admitted. */
  readonly versions: readonly string[]
  readonly connections: readonly Connection[]
}

interface Answer {
  /** What Pod Security's level `restricted` has against which pod. */
  readonly refused: readonly string[]
  /** What is wrong with objects of operators, by their own types. */
  readonly invalid: readonly string[]
  /** Whether the policies let it through, for each connection. */
  readonly allowed: readonly boolean[]
}

export type Cluster = (manifests: string, questions: Questions) => Promise<Answer>

/** What a cluster would say of manifests, by Kubernetes' own code for admission and Cyclonus' for policies. */
export async function makeCluster(): Promise<Cluster> {
  const program = await built()
  return async (manifests, questions) => {
    const file = `${manifests}.questions.json`
    writeFileSync(file, JSON.stringify(questions))
    const { exitCode, output, errors } = await outputOf(program, [manifests, file])
    if (exitCode !== 0) throw new Error(`Asking about ${manifests} failed:\n${errors}`)
    return JSON.parse(output) as Answer
  }
}

/** The program, kept outside of the checkout: compiling Kubernetes' packages takes minutes. */
async function built(): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'codebase-mcp')
  const hash = createHash('sha256')
  for (const name of readdirSync(SOURCES).toSorted()) hash.update(readFileSync(join(SOURCES, name)))
  const program = join(folder, `manifests-cluster-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  process.stdout.write('Compiling what manifests are asked about, once; this takes minutes.\n')
  const { exitCode, errors } = await outputOf('go', ['build', '-o', program, '.'], { cwd: SOURCES })
  if (exitCode !== 0) throw new Error(`go build failed:\n${errors}`)
  return program
}
