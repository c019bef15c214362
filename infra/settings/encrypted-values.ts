import { PROJECT } from './config.ts'
import { Hidden } from './hidden.ts'
import { PARTS, type PartName } from './parts.ts'
import type { Values } from './schema.ts'

/** Value or source of an environment variable. */
type Variable = NonNullable<Values['server']['env']>[string]

/** Environment variables by name. Encrypted ones are hidden. */
export type Variables = Readonly<Record<string, Variable | Hidden>>

/** Proxy for outgoing connections. On Kubernetes, an address with a login is hidden. */
export interface ProxySettings<Address extends string | Hidden> {
  readonly https?: Address
  readonly http?: Address
  /** Hosts to connect to directly. */
  readonly noProxy: readonly string[]
}

/** Settings in which encrypted values are hidden. */
export type Marked = Omit<Values, PartName | 'network'> & {
  readonly [Part in PartName]: Omit<Values[Part], 'env' | 'variables'> & { readonly env: Variables }
} & { readonly server: { readonly variables: Readonly<Record<string, string | Hidden>> } } & {
  readonly network: Omit<Values['network'], 'proxy'> & { readonly proxy?: ProxySettings<string | Hidden> }
}

/** Hides the variables of groups that the engine keeps encrypted, because they may be secrets. */
export function markedValues(values: Values, secretKeys: readonly string[]): Marked {
  const isMarked = (group: string, key: string) =>
    [group, `${group}.${key}`].some((each) =>
      secretKeys.some((secret) => secret === `${PROJECT}:${each}` || secret.startsWith(`${PROJECT}:${group}.${key}.`)),
    )
  const hidden = (group: string, key: string, variables: Variables = {}) =>
    isMarked(group, key)
      ? Object.fromEntries(
          Object.entries(variables).map(([name, value]) => [
            name,
            typeof value === 'string' ? new Hidden(value) : value,
          ]),
        )
      : variables
  const parts = Object.fromEntries(
    PARTS.map((part) => [part, { ...values[part], env: hidden(part, 'env', values[part].env) }]),
  ) as Pick<Marked, (typeof PARTS)[number]>
  const server = { ...parts.server, variables: hidden('server', 'variables', values.server.variables) }
  const { proxy, ...network } = values.network
  const proxied = proxy === undefined ? {} : { proxy: hiddenLogins(proxy, isMarked('network', 'proxy')) }
  return { ...values, ...parts, server, network: { ...network, ...proxied } } as Marked
}

type ProxyValues = NonNullable<Values['network']['proxy']>

function hiddenLogins(proxy: ProxyValues, isEncrypted: boolean): ProxySettings<string | Hidden> {
  return addressed(proxy, (address) =>
    isEncrypted || new URL(address).username !== '' ? new Hidden(address) : address,
  )
}

/** Returns a proxy with its addresses in another form. */
export const addressed = <Address extends string | Hidden>(
  { https, http, noProxy }: ProxyValues,
  shown: (address: string) => Address,
): ProxySettings<Address> => ({
  ...(https === undefined ? {} : { https: shown(https) }),
  ...(http === undefined ? {} : { http: shown(http) }),
  noProxy,
})
