import type { Hidden } from './settings/hidden.ts'
import type { ProxySettings } from './settings/settings.ts'

interface WayOutSettings<Address extends string | Hidden> {
  readonly proxy?: ProxySettings<Address>
  readonly ca?: string
}

/** Where certificates are seen by whoever trusts them. */
export const CERTIFICATES_FOLDER = '/etc/codebase-mcp-certificates'
export const CERTIFICATES_FILE = 'ca.crt'

const FILE = `${CERTIFICATES_FOLDER}/${CERTIFICATES_FILE}`

/** By which the service, and the git that it starts, trust them besides those that they know. */
const SERVICE_TRUST = { NODE_EXTRA_CA_CERTS: FILE, GIT_SSL_CAINFO: FILE } as const

/** The same for Ollama: a program in Go reads this folder besides the system's file. */
const OLLAMA_TRUST = { SSL_CERT_DIR: CERTIFICATES_FOLDER } as const

/** Without this Node's `fetch` knows no proxy. */
const SERVICE_PROXY = { NODE_USE_ENV_PROXY: '1' } as const

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** The variables by which programs ask a proxy. @param own hosts and domains that the stack calls directly */
const proxyVariables = <Address extends string | Hidden>(
  { https, http, noProxy }: ProxySettings<Address>,
  own: readonly string[],
): Readonly<Record<string, Address | string>> => ({
  ...(https === undefined ? {} : { HTTPS_PROXY: https }),
  ...(http === undefined ? {} : { HTTP_PROXY: http }),
  NO_PROXY: [...new Set([...LOOPBACK, ...own, ...noProxy])].join(','),
})

/** What a part that goes out knows of the way. @param own hosts and domains that the stack calls directly */
export const wayOutVariables = <Address extends string | Hidden>(
  { proxy, ca }: Pick<WayOutSettings<Address>, 'proxy'> & { readonly ca?: object | string },
  runs: 'service' | 'ollama',
  own: () => readonly string[],
): Readonly<Record<string, Address | string>> => ({
  ...(proxy === undefined ? {} : proxyVariables(proxy, own())),
  ...(proxy === undefined || runs === 'ollama' ? {} : SERVICE_PROXY),
  ...(ca === undefined ? {} : runs === 'ollama' ? OLLAMA_TRUST : SERVICE_TRUST),
})

/** The host of a URL, without the brackets of an address. */
export const hostIn = (url: string) => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')

/** Arguments of a build by which whatever it downloads comes the same way; those of a proxy leave no trace in the image. */
export function buildArguments<Address extends string | Hidden>({
  proxy,
  ca,
}: WayOutSettings<Address>): Readonly<Record<string, Address | string>> {
  const variables = Object.entries(proxy === undefined ? {} : proxyVariables(proxy, []))
  // apt knows them in small letters alone.
  const both = variables.flatMap(([name, value]) => [name, name.toLowerCase()].map((each) => [each, value] as const))
  return { ...Object.fromEntries(both), ...(ca === undefined ? {} : { CERTIFICATES: ca }) }
}
