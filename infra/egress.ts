import { defined } from './fields.ts'
import type { ProxySettings } from './settings/encrypted-values.ts'
import type { Hidden } from './settings/hidden.ts'

interface EgressSettings<Address extends string | Hidden> {
  readonly proxy?: ProxySettings<Address>
  readonly ca?: string
}

/** Folder in which additional CA certificates are mounted. */
export const CERTIFICATES_FOLDER = '/etc/codebase-mcp-certificates'
export const CERTIFICATES_FILE = 'ca.crt'

const FILE = `${CERTIFICATES_FOLDER}/${CERTIFICATES_FILE}`

/** Adds the certificates to those that the service and git trust. */
const SERVICE_TRUST = { NODE_EXTRA_CA_CERTS: FILE, GIT_SSL_CAINFO: FILE } as const

/** Go reads this folder in addition to the system's file. */
const OLLAMA_TRUST = { SSL_CERT_DIR: CERTIFICATES_FOLDER } as const

/** Without it, Node's `fetch` ignores the proxy variables. */
const SERVICE_PROXY = { NODE_USE_ENV_PROXY: '1' } as const

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** Returns the environment variables of a proxy. @param own hosts and domains to connect to directly */
const proxyVariables = <Address extends string | Hidden>(
  { https, http, noProxy }: ProxySettings<Address>,
  own: readonly string[],
): Readonly<Record<string, Address | string>> => ({
  ...defined({ HTTPS_PROXY: https, HTTP_PROXY: http }),
  NO_PROXY: [...new Set([...LOOPBACK, ...own, ...noProxy])].join(','),
})

/**
 * Returns the environment variables that a component needs for connections to hosts outside the stack.
 * @param own hosts and domains to connect to directly
 */
export const egressVariables = <Address extends string | Hidden>(
  { proxy, ca }: Pick<EgressSettings<Address>, 'proxy'> & { readonly ca?: object | string },
  runs: 'service' | 'ollama',
  own: () => readonly string[],
): Readonly<Record<string, Address | string>> => ({
  ...(proxy === undefined ? {} : proxyVariables(proxy, own())),
  ...(proxy === undefined || runs === 'ollama' ? {} : SERVICE_PROXY),
  ...(ca === undefined ? {} : runs === 'ollama' ? OLLAMA_TRUST : SERVICE_TRUST),
})

/** Returns the host of a URL, without the brackets of an IPv6 address. */
export const hostIn = (url: string) => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * Returns the build arguments for downloads through the proxy. Docker's predefined proxy arguments leave no trace in
 * the image.
 */
export function buildArguments<Address extends string | Hidden>({
  proxy,
  ca,
}: EgressSettings<Address>): Readonly<Record<string, Address | string>> {
  const variables = Object.entries(proxy === undefined ? {} : proxyVariables(proxy, []))
  // apt reads only the lower-case names.
  const both = variables.flatMap(([name, value]) => [name, name.toLowerCase()].map((each) => [each, value] as const))
  return { ...Object.fromEntries(both), ...defined({ CERTIFICATES: ca }) }
}
