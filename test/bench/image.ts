import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outputOf } from '../../infra/processes.ts'
import { buildImage } from '../e2e/docker/image-build.ts'
import { optionsOf } from './arguments.ts'
import { startOnce, startPostgres } from './image/containers.ts'
import {
  type Contexts,
  changeCode,
  changeDependency,
  DEPENDENCY_CHANGES,
  forgetPackages,
  layOut,
  type RecipePackages,
} from './image/contexts.ts'
import { buildCache, docker, forgetBuilds, removeLabelled } from './image/engine.ts'
import { type Compared, inPairs } from './image/pairs.ts'
import { type Row, tableOf } from './image/table.ts'

const TAGS = { recipe: 'codebase-mcp-bench:recipe', ours: 'codebase-mcp-bench:ours' } as const
const MEGABYTE = 1e6
const INTERRUPTED = 130

interface Bench {
  readonly contexts: Contexts
  readonly postgres: string
  readonly packages: RecipePackages
  /** How often each of the two is measured. */
  readonly pairs: number
  readonly cleanPairs: number
  readonly dependencyPairs: number
  /** Ids of all images built, to be removed at the end. */
  readonly built: Set<string>
  readonly signal: AbortSignal
}

type Side = keyof Contexts

/**
 * Compares the product's image with a conventional recipe, both built and run by the local engine: size, build time,
 * start time and memory. `--pairs N` sets the number of builds and starts, `--clean N` that of builds without a cache,
 * `--dependencies N` that of changed dependencies, `--postgres IMAGE` the database. With `--packages all` the recipe
 * also installs what the Pulumi program needs. Removes everything it created, also after Ctrl-C.
 */
export async function image(options: readonly string[]): Promise<number> {
  const defaults = {
    pairs: '7',
    clean: '2',
    dependencies: '3',
    packages: 'service',
    postgres: 'pgvector/pgvector:pg17',
  }
  const { pairs, clean, dependencies, packages, postgres } = optionsOf(options, defaults)
  const choices = {
    pairs: countOf('pairs', pairs),
    cleanPairs: countOf('clean', clean),
    dependencyPairs: countOf('dependencies', dependencies, DEPENDENCY_CHANGES),
    packages: packagesOf(packages),
  }
  const folder = mkdtempSync(join(tmpdir(), 'codebase-bench-'))
  const interruption = new AbortController()
  process.once('SIGINT', () => interruption.abort())
  const cached = await buildCache()
  const built = new Set<string>()
  try {
    await removeLabelled()
    const bench = {
      ...choices,
      postgres,
      built,
      signal: interruption.signal,
      contexts: await layOut(folder, choices.packages),
    }
    process.stdout.write(tableOf(await measureAll(bench)))
    return 0
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED
    throw error
  } finally {
    note('cleaning up')
    await removeLabelled()
    await outputOf('docker', ['rmi', '--force', ...Object.values(TAGS), ...built])
    await forgetBuilds(cached)
    rmSync(folder, { recursive: true })
  }
}

async function measureAll(bench: Bench): Promise<Row[]> {
  const clean = await cleanBuilds(bench)
  const size = await sizes()
  const code = await codeChanges(bench)
  const nothing = await inPairs(bench.pairs, noteRound(bench, 'nothing changed'), (side) => build(bench, side))
  const dependency = await dependencyChanges(bench)
  const { start, memory } = await starts(bench)
  return [
    { name: 'image (P11)', unit: 'MB', goal: '3×', ...size },
    { name: 'clean build (P12)', unit: 's', goal: '4×', ...clean },
    { name: 'after a change of code (P12)', unit: 's', goal: '5×', ...code },
    { name: 'nothing changed (P12)', unit: 's', goal: '20×', ...nothing },
    { name: 'after a change of a dependency (P12)', unit: 's', goal: '4×', ...dependency },
    { name: 'container start to first tool answer (P13)', unit: 's', goal: '10×', ...start },
    { name: 'memory when idle (P14)', unit: 'MB', goal: '3×', ...memory },
  ]
}

/** Builds with only the base image cached. */
function cleanBuilds(bench: Bench): Promise<Compared> {
  const forget = (round: number) => forgetPackages(bench.contexts, `codebase-mcp-bench-${process.pid}-${round}`)
  return inPairs(bench.cleanPairs, noteRound(bench, 'clean build', forget), (side) => build(bench, side, true))
}

function codeChanges(bench: Bench): Promise<Compared> {
  const change = (round: number) => changeCode(bench.contexts, round)
  return inPairs(bench.pairs, noteRound(bench, 'change of code', change), (side) => build(bench, side))
}

function dependencyChanges(bench: Bench): Promise<Compared> {
  const change = (round: number) => changeDependency(bench.contexts, bench.packages, round)
  return inPairs(bench.dependencyPairs, noteRound(bench, 'change of a dependency', change), (side) =>
    build(bench, side),
  )
}

async function starts(bench: Bench): Promise<{ readonly start: Compared; readonly memory: Compared }> {
  await startPostgres(bench.postgres)
  // The first start applies the migrations, which must not count as start time.
  for (const tag of Object.values(TAGS)) await startOnce(tag)
  const memory: Record<Side, number[]> = { recipe: [], ours: [] }
  const start = await inPairs(bench.pairs, noteRound(bench, 'start'), async (side) => {
    const { answeredMs, idleMb } = await startOnce(TAGS[side])
    memory[side].push(idleMb)
    return answeredMs / 1000
  })
  return { start, memory }
}

async function build({ contexts, built, signal }: Bench, side: Side, fromNothing = false): Promise<number> {
  const began = performance.now()
  built.add(await buildImage({ context: contexts[side], tag: TAGS[side], fromNothing, signal }))
  return (performance.now() - began) / 1000
}

async function sizes(): Promise<Compared> {
  const bytes = async (side: Side) => Number(await docker('image', 'inspect', '--format', '{{.Size}}', TAGS[side]))
  return { recipe: [(await bytes('recipe')) / MEGABYTE], ours: [(await bytes('ours')) / MEGABYTE] }
}

function noteRound({ signal }: Bench, what: string, prepare: (round: number) => Promise<void> | void = () => {}) {
  return (round: number) => {
    signal.throwIfAborted()
    note(`${what}, pair ${round + 1}`)
    return prepare(round)
  }
}

function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

function packagesOf(given: string): RecipePackages {
  if (given === 'service' || given === 'all') return given
  throw new Error(`--packages must be service or all, not "${given}"`)
}

function countOf(name: string, given: string, highest = Number.MAX_SAFE_INTEGER): number {
  const count = Number(given)
  if (Number.isInteger(count) && count > 0 && count <= highest) return count
  throw new Error(`--${name} must be a whole number from 1${highest < 1000 ? ` to ${highest}` : ''}, not "${given}"`)
}
