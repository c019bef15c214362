import { isIP } from 'node:net'
import { z } from 'zod'
import { checkedText, flag, listOf, must, oneOf, scalar, setting, text, url } from './kinds.ts'
import { hostName, ipAddress, isSubdomain } from './kubernetes-kinds.ts'

const PROXY = 'a URL such as http://proxy.example.com:3128, with its port and without a path'

/** The port is required, because programs have different defaults, such as 80 and 1080. */
const isProxy = (value: string) =>
  /^https?:\/\/\S+:0*[1-9]\d*\/?$/.test(value) && URL.canParse(value) && !hasMore(new URL(value))

/** Whether a URL has more than an origin. An unescaped `/`, `?` or `#` in its login has the same effect. */
const hasMore = ({ pathname, search, hash }: URL) => pathname !== '/' || search !== '' || hash !== ''

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

const proxyUrl = checkedText(isProxy, PROXY)
  .refine((value) => !isProxy(value) || !LOOPBACK.test(new URL(value).hostname), {
    error: must('the address of another host, because localhost is the pod or container itself'),
  })
  .meta({ standIn: 'http://encrypted.invalid:3128' })

/** Whether a value is a host, a domain with a leading dot, an address or a range of addresses. */
function isBypass(value: string): boolean {
  if (value === '*') return true
  const [address = '', bits, ...rest] = value.replace(/^\[(.*)\]$/, '$1').split('/')
  if (isIP(address) !== 0) {
    const most = isIP(address) === 4 ? 32 : 128
    return rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  }
  const [host = '', port, ...more] = value.replace(/^\./, '').split(':')
  return (
    more.length === 0 &&
    (port === undefined || (/^\d{1,5}$/.test(port) && Number(port) <= 65535)) &&
    isSubdomain(host.toLowerCase())
  )
}

const bypass = checkedText(
  isBypass,
  'a host such as git.example.com, a domain such as .corp.example.com, an address or a range such as 10.0.0.0/8',
)

/** Proxy for outgoing connections. */
export const proxy = z
  .strictObject(
    {
      https: setting(proxyUrl.optional(), 'Proxy for https, such as `http://proxy.example.com:3128`.'),
      http: setting(proxyUrl.optional(), 'Proxy for http.'),
      noProxy: setting(
        listOf(bypass, 'hosts').default([]),
        'Hosts, domains with a leading dot, addresses and ranges to connect to directly, besides the stack’s own names and `ollama.url`.',
      ),
    },
    { error: must('a group with https, http and noProxy') },
  )
  .refine(({ https, http }) => https !== undefined || http !== undefined, {
    error: 'has neither https nor http; add the address of the proxy or remove it',
  })

export const ipFamilies = listOf(z.enum(['IPv4', 'IPv6'], { error: must('IPv4 or IPv6') }), 'IPv4 and IPv6')
  .min(1, { error: 'must name IPv4, IPv6 or both' })
  .refine((families) => new Set(families).size === families.length, { error: 'has a duplicate family' })

const paths = listOf(
  checkedText((value) => /^[\w.*/-]{1,200}$/.test(value), 'a path such as acme/shop-*'),
  'paths such as acme/shop-*',
)

/** An organisation or group on a git server, in the service's format. */
export const gitSource = z.strictObject(
  {
    kind: oneOf('github', 'gitlab', 'gitea'),
    url: url('https:', 'http:'),
    include: paths.optional(),
    exclude: paths.optional(),
    archived: flag.optional(),
    forks: flag.optional(),
  },
  { error: must('a group with kind and url') },
)

/** A host that DNS does not know. */
export const hostAlias = z.strictObject({
  ip: ipAddress,
  hostnames: listOf(hostName, 'names of hosts').min(1, { error: 'must name a host' }),
})

/** As a resolver searches it: names of services may have an underscore. */
const domain = text(
  /^(?=.{1,254}$)(\.|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?)$/,
  'a domain such as example.com',
)

/** Characters that a resolver reads of all domains, with a blank between two of them. */
const MOST_CHARACTERS = 2048

/** Options of a resolver that are numbers. */
const COUNTED = ['ndots', 'timeout', 'attempts']

/** What a pod asks for names. */
export const dnsConfig = z.strictObject(
  {
    nameservers: listOf(ipAddress, 'addresses').max(3, { error: 'must be 3 or fewer' }).optional(),
    searches: listOf(domain, 'domains')
      .max(32, { error: 'must be 32 or fewer' })
      .refine((domains) => domains.join(' ').length <= MOST_CHARACTERS, {
        error: `must be ${MOST_CHARACTERS} characters or fewer in total`,
      })
      .optional(),
    options: listOf(
      z
        .strictObject({ name: text(/^[^\s:]+$/, 'the name of an option, without its value'), value: scalar.optional() })
        .refine(({ name, value }) => !COUNTED.includes(name) || /^\d{1,2}$/.test(value ?? ''), {
          error: `has ${COUNTED.join(', ')} without a numeric value`,
        }),
      'options',
    ).optional(),
  },
  { error: must('a group with nameservers, searches and options') },
)
