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
 * Opens an absolute path without following links or waiting for a pipe. O_NOFOLLOW covers only the last part of a path,
 * and a parent folder can become a link at any time, so this also checks that the opened file is where it was looked
 * for.
 * @throws a file system error, ELOOP if the path or a parent is a link
 */
export function openReal(path: string): number {
  return opened(path).descriptor
}

/** An open file, and whether the kernel reports its location. */
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

/** Returns the location by the kernel, or undefined if /proc does not report it. */
function placeOf(descriptor: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`)
  } catch {
    return undefined
  }
}

/** Whether the path has no links and leads to the open file, both before and after the check. */
function isStillAt(descriptor: number, path: string): boolean {
  const opened = fstatSync(descriptor, { bigint: true })
  const leadsThere = () => {
    const { dev, ino } = lstatSync(path, { bigint: true })
    return dev === opened.dev && ino === opened.ino
  }
  return leadsThere() && realpathSync.native(path) === path && leadsThere()
}

/** An open folder. Its entries stay those of the opened folder even if its path is replaced. */
export class OpenFolder {
  readonly path: string
  readonly #opened: Opened
  readonly #way: string

  /** @throws as openReal, ENOTDIR if it is not a folder */
  constructor(path: string) {
    this.path = path
    this.#opened = opened(path)
    this.#way = this.#opened.isTold ? `${DESCRIPTORS}/${this.#opened.descriptor}` : path
  }

  /** A path to the folder that links cannot redirect while it is open, if the kernel offers one. */
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

  /** Returns the attributes of an entry itself, even if it is a link. */
  stats(name: string): Stats {
    return lstatSync(`${this.#way}/${name}`)
  }

  close(): void {
    closeSync(this.#opened.descriptor)
  }
}

/** Explains why the root of a walk cannot be opened. */
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
