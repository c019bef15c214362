import { existsSync } from 'node:fs'
import { Fault } from '../../errors.ts'
import { isWithin } from '../../git-url.ts'
import type { GitCall } from './git-process.ts'

/** Credentials of the repositories whose address begins with the prefix. */
type Credential = { readonly prefix: string } & (
  | { readonly username: string; readonly token: string }
  | { readonly keyFile: string; readonly knownHostsFile: string }
)

export interface TransportSettings {
  readonly credentials: readonly Credential[]
  readonly certificatesFile?: string
  /** Proxy for https, and for http. */
  readonly proxy?: string
  readonly httpProxy?: string
  readonly noProxy?: string
}

/** How git reaches a repository: the URL to pass, and the credentials. */
export interface Transport extends Pick<GitCall, 'environment' | 'config'> {
  readonly remote: string
}

/** @throws Fault `remote_access_denied` if a repository needs a key and there is none */
export function transportFor(address: string, settings: TransportSettings): Transport {
  const credential = credentialFor(address, settings.credentials)
  const { protocol } = new URL(address)
  if (protocol !== 'ssh:') return overHttp(address, protocol, settings, credential)
  if (credential !== undefined && 'keyFile' in credential) return overSsh(address, credential)
  throw new Fault(
    'remote_access_denied',
    `There is no SSH key for ${address}`,
    `Add it to GIT_CREDENTIALS_FILE: {"${new URL('/', address).href}": {"keyFile": …, "knownHostsFile": …}}`,
  )
}

/** Returns the token for an address, if there is one. */
export function tokenFor(address: string, credentials: readonly Credential[]): string | undefined {
  const credential = credentialFor(address, credentials)
  return credential !== undefined && 'token' in credential ? credential.token : undefined
}

function credentialFor(address: string, credentials: readonly Credential[]): Credential | undefined {
  const fitting = credentials.filter(({ prefix }) => isWithin(address, prefix))
  return fitting.sort((one, other) => other.prefix.length - one.prefix.length)[0]
}

function overHttp(
  address: string,
  protocol: string,
  { certificatesFile, proxy, httpProxy, noProxy }: TransportSettings,
  credential: Credential | undefined,
): Transport {
  const login = credential !== undefined && 'token' in credential ? `${credential.username}:${credential.token}` : ''
  return {
    remote: address,
    environment: {
      GIT_ALLOW_PROTOCOL: protocol.slice(0, -1),
      ...(certificatesFile === undefined ? {} : { GIT_SSL_CAINFO: certificatesFile, ...systemTrust() }),
      ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy }),
      // libcurl reads this variable only in lower case.
      ...(httpProxy === undefined ? {} : { http_proxy: httpProxy }),
      ...(noProxy === undefined ? {} : { NO_PROXY: noProxy }),
    },
    ...(login === ''
      ? {}
      : {
          config: { [`http.${address}.extraHeader`]: `Authorization: Basic ${Buffer.from(login).toString('base64')}` },
        }),
  }
}

/** A custom file replaces the system's certificates, unless their folder is named as well. */
const systemTrust = (): Readonly<Record<string, string>> =>
  existsSync(SYSTEM_CERTIFICATES) ? { GIT_SSL_CAPATH: SYSTEM_CERTIFICATES } : {}

const SYSTEM_CERTIFICATES = '/etc/ssl/certs'

/**
 * git starts ssh with options only through a shell, which the image lacks. Its `ext` transport starts programs
 * directly.
 */
function overSsh(address: string, files: { readonly keyFile: string; readonly knownHostsFile: string }): Transport {
  const { username, hostname, port, pathname } = new URL(address)
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: fileOption(files.knownHostsFile),
    GlobalKnownHostsFile: 'none',
    IdentityFile: fileOption(files.keyFile),
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    ConnectTimeout: '20',
    ServerAliveInterval: '15',
    SendEnv: 'GIT_PROTOCOL',
    ...(port === '' ? {} : { Port: port }),
    ...(username === '' ? {} : { User: username }),
  }
  const words = [
    'ssh',
    '-F',
    'none',
    '-T',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '--',
    hostname.replace(/^\[|\]$/g, ''),
  ]
  const place = decodeURIComponent(pathname).replace(/^\/~/, '~')
  return {
    remote: `ext::${words.map(word).join(' ')} %S ${word(`'${place}'`)}`,
    environment: { GIT_ALLOW_PROTOCOL: 'ext', GIT_PROTOCOL: 'version=2' },
  }
}

/** Quotes a path for an ssh option, in which a space would start another file and % a token. */
const fileOption = (path: string) => `"${path.replaceAll('%', '%%')}"`

/** Escapes a word for git's `ext` transport. */
const word = (text: string) => text.replaceAll('%', '%%').replaceAll(' ', '% ')
