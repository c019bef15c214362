import { createHash, randomUUID } from 'node:crypto'
import { readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { DAY, MIB, MINUTE } from '../../units.ts'

export interface ClonesSettings {
  readonly folder: string
  /** What all clones together may take before one more is made or brought up to date. */
  readonly maxBytes: number
}

/** A folder that is its holder's alone until it is given back. */
export interface Clone {
  readonly path: string
  readonly giveBack: () => Promise<void>
}

const KEPT_UNUSED_MS = 7 * DAY
const RENEWED_MS = MINUTE
/** A holder that has not said for so long that it uses its clone was killed. */
const ABANDONED_MS = 15 * MINUTE
/** With less, even a small repository is fetched in vain. */
const LEAST_FREE_BYTES = 64 * MIB

/**
 * Bare clones that are kept between runs, as long as there is room and somebody uses them. Processes on any number of
 * machines may share the folder: whoever uses or deletes a clone renames it first, and only one of them can.
 */
export class Clones {
  readonly #settings: ClonesSettings
  readonly #taken = new Map<string, Promise<void>>()

  constructor(settings: ClonesSettings) {
    this.#settings = settings
  }

  /** The clone of a URL, an empty folder where none is free. @throws Fault `clone_failed`, `clones_full` */
  async take(url: string): Promise<Clone> {
    const { folder } = this.#settings
    const name = createHash('sha256').update(url).digest('hex').slice(0, 32)
    for (let other = this.#taken.get(name); other !== undefined; other = this.#taken.get(name)) await other
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#taken.set(name, promise)
    const release = () => {
      this.#taken.delete(name)
      resolve()
    }
    const path = join(folder, `${name}.${randomUUID()}`)
    try {
      makeFolder(folder, 0o700)
      await this.#makeRoom(name)
      await this.#refuseFull()
      if (!(await this.#claim(name, path))) makeFolder(path, 0o700)
    } catch (error) {
      release()
      throw this.#unusable(error)
    }
    // What a broken disk does to a renewal, it does to the work in the clone too, which tells of it.
    const renewal = setInterval(() => void touched(path).catch(() => undefined), RENEWED_MS).unref()
    const giveBack = async () => {
      clearInterval(renewal)
      try {
        // Another process may have given back one of the same URL meanwhile; one is enough.
        if (!(await renamed(path, join(folder, name)))) await rm(path, { recursive: true, force: true })
      } catch (error) {
        throw this.#unusable(error)
      } finally {
        release()
      }
    }
    return { path, giveBack }
  }

  /** Gives one of the free clones of that name its new path. @returns whether there was any */
  async #claim(name: string, path: string): Promise<boolean> {
    const clones = await clonesIn(this.#settings.folder)
    for (const clone of clones.filter((each) => each.name === name && isFree(each))) {
      if (await renamed(clone.path, path)) return true
    }
    return false
  }

  /** Deletes clones that nobody has used for long, and those used longest ago where all of them take too much. */
  async #makeRoom(spared: string): Promise<void> {
    const { folder, maxBytes } = this.#settings
    const found = await clonesIn(folder)
    const sizes = await Promise.all(found.map(({ path }) => bytesIn(path)))
    const clones = found.map((clone, at) => ({ ...clone, bytes: sizes[at] as number }))
    let total = clones.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const clone of clones.sort((one, other) => one.usedAt - other.usedAt)) {
      const mayGo = total > maxBytes || Date.now() - clone.usedAt > KEPT_UNUSED_MS
      if (!mayGo || clone.name === spared || !isFree(clone)) continue
      const deleted = join(folder, `${clone.name}.${randomUUID()}${DELETED}`)
      if (!(await renamed(clone.path, deleted))) continue
      await rm(deleted, { recursive: true, force: true })
      total -= clone.bytes
    }
  }

  async #refuseFull(): Promise<void> {
    const { folder } = this.#settings
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    if (free >= LEAST_FREE_BYTES) return
    throw new Fault(
      'clones_full',
      `${Math.floor(free / MIB)} MiB are free in ${JSON.stringify(folder)}, and a clone needs ${LEAST_FREE_BYTES / MIB} MiB`,
      'Make room in CLONES_FOLDER, or give it a larger disk; pending work then resumes',
    )
  }

  #unusable(cause: unknown): Fault {
    if (cause instanceof Fault) return cause
    const { code } = cause as NodeJS.ErrnoException
    return new Fault(
      'clone_failed',
      `The folder for clones ${JSON.stringify(this.#settings.folder)} cannot be used (${code})`,
      'Set CLONES_FOLDER to a folder that this user can write to',
      { cause },
    )
  }
}

interface Kept {
  /** What the clones of one URL share. */
  readonly name: string
  readonly path: string
  readonly isHeld: boolean
  readonly usedAt: number
}

const DELETED = '.deleted'
const NAME = /^([0-9a-f]{32})(\.[0-9a-f-]{36})?(\.deleted)?$/

/** The clones of all processes, without what is being deleted: that goes, whoever began with it. */
async function clonesIn(folder: string): Promise<Kept[]> {
  const found = (await readdir(folder)).map(async (each): Promise<Kept[]> => {
    const [, name, held, deleted] = NAME.exec(each) ?? []
    if (name === undefined) return []
    const path = join(folder, each)
    if (deleted !== undefined) {
      await rm(path, { recursive: true, force: true })
      return []
    }
    // Another process may have renamed it meanwhile.
    const stats = await stat(path).catch(() => undefined)
    return stats === undefined ? [] : [{ name, path, isHeld: held !== undefined, usedAt: stats.mtimeMs }]
  })
  return (await Promise.all(found)).flat()
}

const isFree = ({ isHeld, usedAt }: Kept) => !isHeld || Date.now() - usedAt > ABANDONED_MS

/** Whether this process is the one that renamed it, which tells others that it is used. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await touched(from)
    await rename(from, to)
    return true
  } catch (error) {
    if (/^(ENOENT|ENOTEMPTY|EEXIST)$/.test((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

async function touched(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now)
}

/** What a clone takes on the disk: almost all of it is packs. */
export async function bytesIn(path: string): Promise<number> {
  const packs = join(path, 'objects', 'pack')
  const names = await readdir(packs).catch(() => [])
  const sizes = names.map(async (name) => (await stat(join(packs, name)).catch(() => undefined))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
