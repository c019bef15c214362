import { Fault } from '../../errors.ts'
import { type GitUrl, gitUrlText } from '../../git-url.ts'
import { MIB } from '../../units.ts'
import type { Git } from './git-process.ts'
import type { Transport } from './transport.ts'

/** The latest commit of a branch or tag on a server. */
export interface Tip {
  /** Full name of the branch or tag on the server. */
  readonly ref: string
  readonly commit: string
}

/** @throws Fault `branch_not_found`, GitFailed */
export async function remoteTip(git: Git, url: GitUrl, transport: Transport, signal: AbortSignal): Promise<Tip> {
  const wanted = url.branch === undefined ? ['HEAD'] : [`refs/heads/${url.branch}`, `refs/tags/${url.branch}`]
  // An annotated tag is an object of its own. Servers list its commit too.
  const asked = wanted.flatMap((ref) => [ref, `${ref}^{}`])
  const { remote, ...call } = transport
  const args = ['ls-remote', '--quiet', '--', remote, ...asked]
  const commits = commitsIn((await git({ args, ...call, maxOutputBytes: 64 * MIB }, signal)).toString())
  const ref = wanted.find((each) => commits.has(each))
  const commit = ref === undefined ? undefined : (commits.get(`${ref}^{}`) ?? commits.get(ref))
  if (ref !== undefined && commit !== undefined) return { ref, commit }
  throw new Fault(
    'branch_not_found',
    url.branch === undefined
      ? `${gitUrlText(url)} has no commits, or is not a repository`
      : `${url.address} has neither a branch nor a tag ${JSON.stringify(url.branch)}`,
    url.branch === undefined ? 'Push to it, or name a branch: #branch at the end' : 'Check what follows # in the URL',
  )
}

function commitsIn(listing: string): Map<string, string> {
  const lines = listing.split('\n').map((line) => /^([0-9a-f]{40,64})\t(.+)$/.exec(line))
  return new Map(lines.flatMap((line) => (line === null ? [] : [[line[2] ?? '', line[1] ?? '']])))
}
