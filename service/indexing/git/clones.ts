import { createHash, randomUUID } from 'node:crypto'
import { readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { DAY, MIB, MINUTE } from '../../units.ts'

export interface ClonesSettings {
  readonly folder: string
  /** Maximum size of all clones before another is created or updated. */
  readonly maxBytes: number
}

/** A folder that belongs to its holder until it is returned. */
export interface Clone {
  readonly path: string
  readonly giveBack: () => Promise<void>
}

const KEPT_UNUSED_MS = 7 * DAY
const RENEWED_MS = MINUTE
/** A holder that has not renewed its claim for this long was killed. */
const ABANDONED_MS = 15 * MINUTE
/** With less, fetching even a small repository is pointless. */
const LEAST_FREE_BYTES = 64 * MIB

/**
 * Bare clones that are kept between runs while there is room and they are used. Processes on any number of machines may
 * share the folder: to use or delete a clone, a process renames it first, and only one of them can.
 */
export class Clones {
  readonly #settings: ClonesSettings
  readonly #taken = new Map<string, Promise<void>>()

  constructor(settings: ClonesSettings) {
    this.#settings = settings
  }

  /** Returns the clone of a URL, or an empty folder if none is free. @throws Fault `clone_failed`, `clones_full` */
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
    // A broken disk also breaks the work in the clone, which reports it.
    const renewal = setInterval(() => void touched(path).catch(() => undefined), RENEWED_MS).unref()
    const giveBack = async () => {
      clearInterval(renewal)
      try {
        // Another process may have returned a clone of the same URL meanwhile. One is enough.
        if (!(await renamed(path, join(folder, name)))) await rm(path, { recursive: true, force: true })
      } catch (error) {
        throw this.#unusable(error)
      } finally {
        release()
      }
    }
    return { path, giveBack }
  }

  /** Renames one of the free clones with that name. @returns whether there was one */
  async #claim(name: string, path: string): Promise<boolean> {
    const clones = await clonesIn(this.#settings.folder)
    for (const clone of clones.filter((each) => each.name === name && isFree(each))) {
      if (await renamed(clone.path, path)) return true
    }
    return false
  }

  /** Deletes clones that have not been used for long, and the least recently used ones if all of them take too much. */
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
  /** Common to all clones of a URL. */
  readonly name: string
  readonly path: string
  readonly isHeld: boolean
  readonly usedAt: number
}

const DELETED = '.deleted'
const NAME = /^([0-9a-f]{32})(\.[0-9a-f-]{36})?(\.deleted)?$/

/** Returns the clones of all processes except those that are being deleted, whose deletion it completes. */
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

// A holder renews the time, so one that lies far ahead was written before the clock was set back.
const isFree = ({ isHeld, usedAt }: Kept) => !isHeld || Math.abs(Date.now() - usedAt) > ABANDONED_MS

/** Renames a clone, which marks it as used. Returns whether this process succeeded. */
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

/** Returns the size of a clone on disk. Almost all of it is packs. */
export async function bytesIn(path: string): Promise<number> {
  const packs = join(path, 'objects', 'pack')
  const names = await readdir(packs).catch(() => [])
  const sizes = names.map(async (name) => (await stat(join(packs, name)).catch(() => undefined))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
