import { access, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, type FaultCode } from '../../errors.ts'
import { type GitUrl, gitUrlText } from '../../git-url.ts'
import { MIB } from '../../units.ts'
import { bytesIn } from './clones.ts'
import { asRemoteFault } from './git-faults.ts'
import type { Git } from './git-process.ts'
import type { Tip } from './tip.ts'
import type { Transport } from './transport.ts'

interface Fetch {
  readonly url: GitUrl
  readonly tip: Tip
  readonly transport: Transport
  /** Folder of the clone, which may be empty. */
  readonly path: string
  /** Maximum size of the clone on disk. */
  readonly maxBytes: number
}

/**
 * Fetches a commit into the clone, without history, working tree or submodules. Nothing in the repository is executed.
 * An unusable clone is replaced.
 * @throws Fault of the remote, or `branch_not_found`, `repository_too_large`, `clone_failed`
 */
export async function fetchTip(git: Git, fetch: Fetch, signal: AbortSignal): Promise<string> {
  for (let isNew = !(await exists(join(fetch.path, 'HEAD'))); ; isNew = true) {
    try {
      return await fetchInto(git, fetch, signal)
    } catch (error) {
      signal.throwIfAborted()
      const fault = asRemoteFault(error, fetch.url)
      const isOfClone = fault instanceof Fault && OF_CLONE.includes(fault.code)
      if (isOfClone) await emptied(fetch.path)
      if (!isOfClone || isNew) throw fault
    }
  }
}

const OF_CLONE: readonly FaultCode[] = ['clone_failed', 'clones_full', 'repository_too_large']

async function emptied(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
  await mkdir(path, { mode: 0o700 })
}

const INDEXED = 'refs/codebase/indexed'
const FETCH = [
  'fetch',
  '--quiet',
  '--force',
  '--depth=1',
  '--no-tags',
  '--no-recurse-submodules',
  '--no-write-fetch-head',
]
const SMALL = { maxOutputBytes: MIB }

async function fetchInto(git: Git, { url, tip, transport, path, maxBytes }: Fetch, signal: AbortSignal) {
  const { remote, ...way } = transport
  const inside = { GIT_DIR: path }
  await removeLeftovers(path)
  await git({ args: ['init', '--quiet', '--bare', '--template=', path], ...SMALL }, signal)
  const watch = watchSize(path, maxBytes)
  try {
    const args = [...FETCH, '--', remote, `+${tip.ref}:${INDEXED}`]
    const environment = { ...way.environment, ...inside }
    await git({ args, ...way, environment, ...SMALL }, AbortSignal.any([signal, watch.signal]))
    await watch.look()
  } catch (error) {
    if (!watch.signal.aborted) throw error
  } finally {
    watch.end()
  }
  signal.throwIfAborted()
  if (watch.signal.aborted) throw tooLarge(url, maxBytes)
  const parsed = await git(
    { args: ['rev-parse', '--verify', `${INDEXED}^{commit}`], environment: inside, ...SMALL },
    signal,
  )
  return parsed.toString().trim()
}

/** Removes the leftovers of killed fetches. */
async function removeLeftovers(path: string): Promise<void> {
  const packs = join(path, 'objects', 'pack')
  const names = await readdir(packs).catch(() => [])
  for (const name of names.filter((each) => each.startsWith('tmp_'))) await rm(join(packs, name), { force: true })
}

const LOOK_EVERY_MS = 200

/** git has no limit for what it fetches. */
function watchSize(path: string, maxBytes: number) {
  const tooLarge = new AbortController()
  const look = async () => {
    if ((await bytesIn(path)) > maxBytes) tooLarge.abort()
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  return { signal: tooLarge.signal, look, end: () => clearInterval(timer) }
}

function tooLarge(url: GitUrl, maxBytes: number): Fault {
  return new Fault(
    'repository_too_large',
    `${gitUrlText(url)} takes more than ${maxBytes} bytes`,
    'Raise GIT_MAX_BYTES of the worker, or leave this repository out',
  )
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
