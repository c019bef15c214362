import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { Fault } from '../../errors.ts'

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const DESCRIPTORS = '/proc/self/fd'

/**
 * Opens what is at an absolute path without links, never waiting for a pipe. O_NOFOLLOW is about the last part of a path
 * alone, and a folder above it can become a link at any time: so what was opened has to be where it was looked for.
 * @throws an error of the file system, ELOOP where it or a folder above it is a link
 */
export function openReal(path: string): number {
  return opened(path).descriptor
}

/** What is open, and whether the kernel tells where it is. */
interface Opened {
  readonly descriptor: number
  readonly isTold: boolean
}

function opened(path: string): Opened {
  const descriptor = openSync(path, FLAGS)
  try {
    const place = placeOf(descriptor)
    const isTold = place !== undefined
    if (isTold ? place === path : isStillAt(descriptor, path)) return { descriptor, isTold }
    throw realpathSync.native(path) === path
      ? failed('ENOENT', 'It was moved')
      : failed('ELOOP', 'A link leads elsewhere')
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

const failed = (code: string, message: string) => Object.assign(new Error(message), { code })

/** Where the kernel says that it is; undefined where /proc does not tell. */
function placeOf(descriptor: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`)
  } catch {
    return undefined
  }
}

/** Whether the path has no links, and leads to what is open both before and after this was looked at. */
function isStillAt(descriptor: number, path: string): boolean {
  const opened = fstatSync(descriptor, { bigint: true })
  const leadsThere = () => {
    const { dev, ino } = lstatSync(path, { bigint: true })
    return dev === opened.dev && ino === opened.ino
  }
  return leadsThere() && realpathSync.native(path) === path && leadsThere()
}

/** A folder whose entries are those of the one that was opened, whatever comes to be at its path. */
export class OpenFolder {
  readonly path: string
  readonly #opened: Opened
  readonly #way: string

  /** @throws as openReal, ENOTDIR where it is no folder */
  constructor(path: string) {
    this.path = path
    this.#opened = opened(path)
    this.#way = this.#opened.isTold ? `${DESCRIPTORS}/${this.#opened.descriptor}` : path
  }

  /** A way to it that holds while it is open: no link on its path can change where it leads, where the kernel offers such. */
  get way(): string {
    return this.#way
  }

  entries(): Dirent[] {
    const entries = readdirSync(this.#way, { withFileTypes: true })
    if (!this.#opened.isTold && !isStillAt(this.#opened.descriptor, this.path)) {
      throw failed('ENOENT', 'The folder was replaced')
    }
    return entries
  }

  /** Of an entry itself, where it is a link. */
  stats(name: string): Stats {
    return lstatSync(`${this.#way}/${name}`)
  }

  close(): void {
    closeSync(this.#opened.descriptor)
  }
}

/** Why the root of a walk cannot be opened, to be told to whoever named it. */
export function rootFault(root: string, cause: unknown): Fault {
  const code = String((cause as NodeJS.ErrnoException).code)
  if (code === 'ENOENT') return new Fault('path_not_found', `There is no folder ${root}`, 'Check the path', { cause })
  if (code === 'ENOTDIR') {
    return new Fault('path_not_a_folder', `${root} is not a folder`, 'Give the folder that holds the file', { cause })
  }
  if (code === 'ELOOP') {
    const message = `${root}, or a folder above it, has become a link`
    return new Fault('path_not_allowed', message, 'Index the folder that it leads to', { cause })
  }
  const remedy = 'Give the user that runs the service permission to read the folder'
  return new Fault('path_unreadable', `${root} cannot be read (${code})`, remedy, { cause })
}
