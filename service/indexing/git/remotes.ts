import { Fault } from '../../errors.ts'
import { type GitUrl, gitUrlText, parseGitUrl } from '../../git-url.ts'
import { SECOND } from '../../units.ts'
import type { OpenTree } from '../tree.ts'
import { AwayServers } from './away-servers.ts'
import { Clones, type ClonesSettings } from './clones.ts'
import { commitTree } from './commit-tree.ts'
import { fetchTip } from './fetch.ts'
import { asRemoteFault } from './git-faults.ts'
import { makeGit } from './git-process.ts'
import { remoteTip, type Tip } from './tip.ts'
import { type TransportSettings, transportFor } from './transport.ts'

export interface RemotesSettings extends TransportSettings {
  /** PATH of programs. */
  readonly path?: string
  /** Time limit of fetching a repository. */
  readonly timeoutMs: number
  /** Maximum size of a clone on disk. */
  readonly maxBytes: number
  readonly clones: ClonesSettings
}

/** Repositories on git servers. */
export interface Remotes {
  /** @throws Fault of the remote */
  tip(url: GitUrl, signal: AbortSignal): Promise<Tip>
  /**
   * Opens the files of a repository, and fetches what is missing. @throws Fault of the remote, or
   * `repository_too_large`, `clone_failed`
   */
  readonly openTree: OpenTree
  /** Asks servers that could not be reached again. Calls `onBack` with the beginning of the sources of one that answers. */
  lookForServers(onBack: (server: string) => Promise<void>, signal: AbortSignal): Promise<void>
}

const TIP_TIMEOUT_MS = 60 * SECOND

export function makeRemotes(settings: RemotesSettings, servers = new AwayServers()): Remotes {
  const git = makeGit(settings.path)
  const clones = new Clones(settings.clones)

  const ask = (url: GitUrl, signal: AbortSignal, limitMs = TIP_TIMEOUT_MS) =>
    within({ url, timeoutMs: Math.min(limitMs, settings.timeoutMs), signal }, (until) =>
      remoteTip(git, url, transportFor(url.address, settings), until),
    )

  const tip: Remotes['tip'] = (url, signal) => servers.ask(url, (limitMs) => ask(url, signal, limitMs))

  const lookForServers: Remotes['lookForServers'] = (onBack, signal) =>
    servers.look((url, limitMs) => ask(url, signal, limitMs), onBack)

  const fetched = async (url: GitUrl, newest: Tip, signal: AbortSignal) => {
    const transport = transportFor(url.address, settings)
    const clone = await clones.take(gitUrlText(url))
    try {
      const { timeoutMs, maxBytes } = settings
      const fetch = { url, tip: newest, transport, path: clone.path, maxBytes }
      return { clone, commit: await within({ url, timeoutMs, signal }, (until) => fetchTip(git, fetch, until)) }
    } catch (error) {
      await clone.giveBack()
      throw error
    }
  }

  const openTree: OpenTree = async (source, knownCommit, { signal, onFetch }) => {
    const url = parseGitUrl(source)
    const newest = await tip(url, signal)
    if (newest.commit === knownCommit) return 'unchanged'
    onFetch()
    const { clone, commit } = await fetched(url, newest, signal)
    return commitTree({ git, path: clone.path, commit, tooManyFiles: () => tooManyFiles(url), close: clone.giveBack })
  }

  return { tip, openTree, lookForServers }
}

interface Within {
  readonly url: GitUrl
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

async function within<Result>(
  { url, timeoutMs, signal }: Within,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = AbortSignal.timeout(timeoutMs)
  try {
    return await work(AbortSignal.any([signal, late]))
  } catch (error) {
    signal.throwIfAborted()
    if (!late.aborted) throw asRemoteFault(error, url)
    throw new Fault(
      'remote_timeout',
      `${gitUrlText(url)} was not fetched within ${timeoutMs / SECOND} s`,
      'Check the network path to its server, or raise GIT_TIMEOUT of the worker',
      { cause: error },
    )
  }
}

function tooManyFiles(url: GitUrl): Fault {
  return new Fault(
    'repository_too_large',
    `${gitUrlText(url)} has more files than can be listed`,
    'Leave it out; a repository of this size is generated or malicious',
  )
}
