import { Fault, type FaultCode } from '../../errors.ts'
import { type GitUrl, gitUrlText } from '../../git-url.ts'
import { GitFailed } from './git-process.ts'

interface Reason {
  readonly sign: RegExp
  readonly code: FaultCode
  readonly what: string
  readonly remedy: string
}

const TOKEN = 'Check its token or key in GIT_CREDENTIALS_FILE, its permissions, and that the repository exists'

/** Messages of git, curl and ssh. The first match is used. */
const REASONS: readonly Reason[] = [
  {
    sign: /host key verification failed/i,
    code: 'remote_access_denied',
    what: 'is on a server whose key is unknown',
    remedy: 'Add the key of the server, once you have checked it, to its knownHostsFile of GIT_CREDENTIALS_FILE',
  },
  {
    sign: /no user exists for uid/i,
    code: 'clone_failed',
    what: 'cannot be reached by SSH: this user has no name on the machine',
    remedy: 'Run as a user that is in /etc/passwd, or use the https URL with a token',
  },
  {
    sign: /could not read username|authentication failed|access denied|permission denied|returned error: 40[13]\b|load key/i,
    code: 'remote_access_denied',
    what: 'is not accessible with these credentials',
    remedy: TOKEN,
  },
  {
    sign: /returned error: 30\d\b|unable to update url base from redirection/i,
    code: 'remote_not_found',
    what: 'has moved: the server redirects, and redirects are not followed',
    remedy: 'Give the URL that it redirects to, often the same with .git at the end',
  },
  {
    sign: /returned error: 404\b|not found|does not appear to be a git repository|is this a git repository\?/i,
    code: 'remote_not_found',
    what: 'does not exist',
    remedy: 'Check the URL; some servers also answer this if the token is missing or may not read the repository',
  },
  {
    sign: /couldn't find remote ref/i,
    code: 'branch_not_found',
    what: 'lost its branch during the fetch',
    remedy: 'Index it again',
  },
  {
    sign: /no space left|disk quota exceeded/i,
    code: 'clones_full',
    what: 'has no room on the disk for clones',
    remedy: 'Make room in CLONES_FOLDER, or give it a larger disk; pending work then resumes',
  },
  {
    sign: /read-only file system|cannot mkdir|unable to create/i,
    code: 'clone_failed',
    what: 'cannot be written to the disk',
    remedy: 'Give CLONES_FOLDER a folder that this user can write to, with room for GIT_MAX_BYTES and CLONES_MAX_BYTES',
  },
  {
    sign: /certificate|ssl_connect|ssl connection|ssl routines|gnutls_handshake|tls alert/i,
    code: 'remote_unreachable',
    what: 'is on a server that TLS does not trust',
    remedy: 'Set GIT_SSL_CAINFO to a file with the certificate of the authority that signed its certificate',
  },
  {
    sign: /could not resolve|connect|unreachable|timed out|too slow|reset|hung up|early eof|rpc failed|returned error: (?:429|5\d\d)\b|refused|could not read from remote/i,
    code: 'remote_unreachable',
    what: 'is on a server that cannot be reached',
    remedy: 'Check its name and the network path to it: network policies, HTTPS_PROXY, and whether the server is up',
  },
]

/** Converts a failure of git to a fault about the repository. Returns any other error unchanged. */
export function asRemoteFault(error: unknown, url: GitUrl): unknown {
  const shown = gitUrlText(url)
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new Fault('clone_failed', `${shown} cannot be fetched: git is not installed`, 'Install git', {
      cause: error,
    })
  }
  if (!(error instanceof GitFailed)) return error
  // Words in the address must not match.
  const said = error.said.replaceAll(url.address, 'the URL')
  const reason = REASONS.find(({ sign }) => sign.test(said))
  const detail = lineThatCounts(said, reason?.sign ?? /^(?:fatal|error):/)
  if (reason === undefined) {
    const remedy = 'See the log of the worker for everything that git said'
    return new Fault('clone_failed', `${shown} cannot be fetched: ${detail}`, remedy, { cause: error })
  }
  return new Fault(reason.code, `${shown} ${reason.what} (${detail})`, reason.remedy, { cause: error })
}

const LONGEST = 200

/** Returns one printable line, because a server may have written any of it. */
function lineThatCounts(said: string, sign: RegExp): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((each) => sign.test(each)) ?? lines.at(-1) ?? 'git said nothing'
  const printable = line.replace(/^(?:fatal|error): /i, '').replace(/\p{C}/gu, '')
  // For git, the address of an SSH repository is a whole command line.
  return printable.replace(/'?ext::.*/, 'the remote').slice(0, LONGEST)
}
