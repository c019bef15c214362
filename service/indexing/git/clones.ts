import { createHash } from 'node:crypto'
import { readdir, rm, stat, statfs, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../errors.ts'
import { makeFolder } from '../../make-folder.ts'
import { DAY, MIB } from '../../units.ts'

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
/** With less, even a small repository is fetched in vain. */
const LEAST_FREE_BYTES = 64 * MIB

/** Bare clones that are kept between runs, as long as there is room and somebody uses them. */
export class Clones {
  readonly #settings: ClonesSettings
  readonly #taken = new Map<string, Promise<void>>()

  constructor(settings: ClonesSettings) {
    this.#settings = settings
  }

  /** The clone of a URL, an empty folder where there was none. @throws Fault `clone_failed`, `clones_full` */
  async take(url: string): Promise<Clone> {
    const path = join(this.#settings.folder, createHash('sha256').update(url).digest('hex').slice(0, 32))
    for (let other = this.#taken.get(path); other !== undefined; other = this.#taken.get(path)) await other
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#taken.set(path, promise)
    const giveBack = async () => {
      this.#taken.delete(path)
      resolve()
    }
    try {
      makeFolder(path, 0o700)
      const now = new Date()
      await utimes(path, now, now)
      await this.#makeRoom()
      await this.#refuseFull()
    } catch (error) {
      await giveBack()
      throw this.#unusable(error)
    }
    return { path, giveBack }
  }

  /** Deletes clones that nobody has used for long, and those used longest ago where all of them take too much. */
  async #makeRoom(): Promise<void> {
    const { folder, maxBytes } = this.#settings
    const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{32}$/.test(name))
    const clones = (await Promise.all(names.map((name) => measured(join(folder, name))))).flat()
    let total = clones.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { path, bytes, usedAt } of clones.sort((one, other) => one.usedAt - other.usedAt)) {
      const mayGo = total > maxBytes || Date.now() - usedAt > KEPT_UNUSED_MS
      if (!mayGo || this.#taken.has(path)) continue
      await rm(path, { recursive: true, force: true })
      total -= bytes
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

/** Another process may have deleted it meanwhile. */
async function measured(path: string) {
  const [bytes, stats] = await Promise.all([bytesIn(path), stat(path).catch(() => undefined)])
  return stats === undefined ? [] : [{ path, bytes, usedAt: stats.mtimeMs }]
}

/** What a clone takes on the disk: almost all of it is packs. */
export async function bytesIn(path: string): Promise<number> {
  const packs = join(path, 'objects', 'pack')
  const names = await readdir(packs).catch(() => [])
  const sizes = names.map(async (name) => (await stat(join(packs, name)).catch(() => undefined))?.size ?? 0)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
