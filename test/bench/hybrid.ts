import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { optionsOf } from './arguments.ts'
import type { Engine } from './hybrid/databases.ts'
import { type EngineFigures, runEngine } from './hybrid/engine-run.ts'
import { questionsFrom } from './hybrid/questions.ts'
import { engineTable } from './hybrid/report.ts'
import { type Semble, startSemble } from './hybrid/semble.ts'
import { settingsIn } from './settings.ts'

/**
 * Compares the server with and without Ollama's vectors on `--folder DIR`. Measures the time from the command until the
 * server listens, until it answers, and until all vectors are stored; what callers see meanwhile; then questions,
 * processor time and memory; and a restart. `--engines embedded,postgres` selects the engines, the latter in
 * TEST_DATABASE_URL. `--speed N` adds an embedder of N texts a second. `--semble PYTHON` asks semble the same questions
 * in turns. `--json FILE` keeps all figures.
 */
export async function hybrid(options: readonly string[]): Promise<number> {
  const defaults = {
    folder: undefined,
    engines: process.env.TEST_DATABASE_URL === undefined ? 'embedded' : 'embedded,postgres',
    questions: '200',
    speed: '200',
    settings: '',
    semble: '',
    'semble-model': join(tmpdir(), 'codebase-bench-semble-model'),
    json: '',
  }
  const given = optionsOf(options, defaults)
  const questions = await questionsFrom(given.folder, Number(given.questions))
  const beside = await sembleFor(given.semble, given.folder, given['semble-model'])
  const engines: EngineFigures[] = []
  try {
    for (const engine of given.engines.split(',')) {
      engines.push(
        await runEngine({
          engine: engineNamed(engine),
          folder: given.folder,
          questions,
          settings: settingsIn(given.settings),
          speed: Number(given.speed),
          others: beside === undefined ? [] : [beside],
        }),
      )
    }
  } finally {
    beside?.stop()
  }
  const againMs = beside && (await sembleAgain(given.semble, given.folder, given['semble-model']))
  const semble = beside && { indexMs: [beside.indexMs, againMs], chunks: beside.chunks, peakMb: beside.peakMb }
  process.stdout.write(`${machine()}, ${questions.length} questions\n\n${engineTable(engines)}`)
  if (beside !== undefined) process.stdout.write(`\n${sembleText(beside, againMs ?? Number.NaN)}\n`)
  if (given.json !== '') {
    writeFileSync(given.json, JSON.stringify({ at: new Date(), machine: machine(), engines, semble }, undefined, 1))
  }
  return 0
}

async function sembleFor(python: string, folder: string, model: string): Promise<Semble | undefined> {
  if (python === '') return undefined
  process.stderr.write('semble: indexing\n')
  return startSemble(python, folder, model)
}

/** Measures semble's indexing once more at the end, because the speed of a machine varies over time. */
async function sembleAgain(python: string, folder: string, model: string): Promise<number> {
  process.stderr.write('semble: indexing once more\n')
  const semble = await startSemble(python, folder, model)
  semble.stop()
  return semble.indexMs
}

function sembleText({ indexMs, chunks, peakMb }: Semble, againMs: number): string {
  const seconds = [indexMs, againMs].map((ms) => `${(ms / 1000).toFixed(1)} s`).join(' and ')
  return `semble: ${chunks} chunks, indexed in ${seconds} (before and after the servers), ${peakMb.toFixed(0)} MB at most`
}

function engineNamed(name: string): Engine {
  if (name === 'embedded' || name === 'postgres') return name
  throw new Error(`--engines takes embedded and postgres, not "${name}"`)
}

const machine = () => `${availableParallelism()} × ${cpus()[0]?.model ?? 'processor'}, Node ${process.version}`
