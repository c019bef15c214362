import { setTimeout as sleep } from 'node:timers/promises'
import { type Engine, type FreshDatabase, freshDatabase } from './databases.ts'
import { type FakeEmbedder, startEmbedder } from './embedder.ts'
import { type Firsts, type FromNothing, firstAnswers, fromNothing } from './from-nothing.ts'
import { type Asked, interleaved, type Side } from './interleaved.ts'
import { dotProductLimit, type Limit } from './limit.ts'
import { type Server, startServer } from './server.ts'

/** All figures of one database engine. */
export interface EngineFigures {
  readonly engine: Engine
  /** Without Ollama: by words and by the vectors of the model in the package. */
  readonly off: FromNothing
  readonly ollama: FromNothing
  /** Vectors a second stored over the finished index of words while nobody asks anything. */
  readonly unaskedVectorsASecond: number
  /** With an embedder of fixed speed. */
  readonly paced?: FromNothing
  /** Each question asked once; `again` asks it a second time, when the service has cached its vector. */
  readonly first: readonly Asked[]
  readonly again: readonly Asked[]
  readonly memoryAfterMb: Readonly<Record<'words' | 'off' | 'ollama', number>>
  readonly limit: Limit
  /** Restarted with all vectors stored, and with the index stored but no vectors. */
  readonly restarted: Readonly<Record<'withVectors' | 'withoutVectors', Restart>>
}

export interface Restart {
  readonly listeningMs: number
  readonly firsts: Firsts
}

export interface EngineOptions {
  readonly engine: Engine
  readonly folder: string
  readonly questions: readonly string[]
  /** Settings that every server gets. */
  readonly settings: Readonly<Record<string, string>>
  /** Speed of the paced embedder, in texts a second. 0 leaves it out. */
  readonly speed: number
  /** Other programs that get the same questions in turns. */
  readonly others: readonly Side[]
}

const PRELOADED = new URL('./without-own-model.ts', import.meta.url)
const WITHOUT_MODEL = { NODE_OPTIONS: `--import=${PRELOADED.href}` }

export async function runEngine(options: EngineOptions): Promise<EngineFigures> {
  const opened: (() => Promise<void>)[] = []
  const keep = <Thing>(thing: Thing, close: () => Promise<void>): Thing => {
    opened.push(close)
    return thing
  }
  try {
    return await measure(options, keep)
  } finally {
    for (const close of opened.reverse()) await close()
  }
}

type Keep = <Thing>(thing: Thing, close: () => Promise<void>) => Thing

async function measure(options: EngineOptions, keep: Keep): Promise<EngineFigures> {
  const { engine, questions, others } = options
  const fresh = async () => {
    const database = await freshDatabase(engine)
    return keep(database, database.drop)
  }
  const embedder = await startEmbedder(0)
  keep(embedder, embedder.stop)
  const [offDatabase, ollamaDatabase, wordsDatabase] = [await fresh(), await fresh(), await fresh()]
  note(engine, 'without any model, from nothing')
  const withoutModel = { ...options, settings: { ...options.settings, ...WITHOUT_MODEL } }
  const words = await start(withoutModel, wordsDatabase)
  keep(words.server, words.server.stop)
  note(engine, 'without Ollama, from nothing')
  const off = await start(options, offDatabase)
  keep(off.server, off.server.stop)
  note(engine, 'with an embedder that answers at once, from nothing')
  const ollama = await start(options, ollamaDatabase, embedder)
  keep(ollama.server, ollama.server.stop)
  note(engine, `${questions.length} questions, twice`)
  const sides = [
    sideOf('Ollama', ollama.server),
    sideOf('off', off.server),
    sideOf('words only', words.server),
    ...others,
  ]
  const first = await interleaved(sides, questions)
  const again = await interleaved(sides, questions)
  const memoryAfterMb = {
    words: words.server.memory().nowMb,
    off: off.server.memory().nowMb,
    ollama: ollama.server.memory().nowMb,
  }
  const limit = dotProductLimit(ollama.figures.chunks)
  await words.server.stop()
  await off.server.stop()
  await ollama.server.stop()
  note(engine, 'started again')
  const withVectors = await restart(options, ollamaDatabase, embedder)
  const withoutVectors = await restart(options, offDatabase, embedder)
  const restarted = { withVectors, withoutVectors }
  note(engine, 'with an embedder that answers at once, while nobody asks')
  const unaskedVectorsASecond = await embedUnasked(withoutModel, wordsDatabase)
  const paced = options.speed === 0 ? {} : { paced: await startPaced(options, await fresh()) }
  const figures = { off: off.figures, ollama: ollama.figures, ...paced }
  return { engine, ...figures, unaskedVectorsASecond, first, again, memoryAfterMb, limit, restarted }
}

async function startPaced(options: EngineOptions, database: FreshDatabase): Promise<FromNothing> {
  note(options.engine, `with an embedder of ${options.speed} texts a second, from nothing`)
  const embedder = await startEmbedder(options.speed)
  try {
    // Asks only one question: its vector is cached, so the embedder can spend all its time on documents.
    const { server, figures } = await start(
      { ...options, questions: options.questions.slice(0, 1) },
      database,
      embedder,
    )
    await server.stop()
    return figures
  } finally {
    await embedder.stop()
  }
}

const LOOK_EVERY_MS = 400

/** Embeds an index that has no vectors, and returns how many chunks a second got theirs. */
async function embedUnasked(options: EngineOptions, database: FreshDatabase): Promise<number> {
  const embedder = await startEmbedder(0)
  try {
    const server = await startServer(options.folder, settingsOf(options, database, embedder))
    try {
      for (;;) {
        await sleep(LOOK_EVERY_MS)
        const { value } = await server.client.repositories()
        const chunks = value.reduce((sum, each) => sum + each.chunks, 0)
        if (chunks === 0 || value.some((each) => each.embedded < each.chunks)) continue
        const { firstAt = 0 } = await embedder.work()
        return (1000 * chunks) / (performance.timeOrigin + performance.now() - firstAt)
      }
    } finally {
      await server.stop()
    }
  } finally {
    await embedder.stop()
  }
}

function start(options: EngineOptions, database: FreshDatabase, embedder?: FakeEmbedder) {
  const { folder, questions } = options
  const settings = settingsOf(options, database, embedder)
  return fromNothing({ folder, settings, questions, ...(embedder === undefined ? {} : { embedder }) })
}

async function restart(options: EngineOptions, database: FreshDatabase, embedder: FakeEmbedder): Promise<Restart> {
  const server = await startServer(options.folder, settingsOf(options, database, embedder))
  try {
    const firsts = await firstAnswers(server, options.questions[0] ?? '')
    return { listeningMs: server.listeningMs, firsts }
  } finally {
    await server.stop()
  }
}

function settingsOf({ settings }: EngineOptions, database: FreshDatabase, embedder?: FakeEmbedder) {
  return { ...database.settings, ...settings, OLLAMA_BASE_URL: embedder?.url ?? 'off' }
}

function sideOf(name: string, server: Server): Side {
  const ask = async (question: string) => (await server.client.tool(question)).ms
  return { name, ask, cpuMs: () => server.cpuMs() }
}

function note(engine: Engine, text: string): void {
  process.stderr.write(`${engine}: ${text}\n`)
}
