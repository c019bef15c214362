import { isIP } from 'node:net'
import type { Properties } from '../policy/policy.ts'
import { listed, listedObjects, under } from '../policy/properties.ts'
import { isSubdomain } from '../settings/kubernetes-kinds.ts'
import { checked, isGiven, matching, type Problem, problemAt, when, within } from './checks.ts'

/** Name of a host, or a wildcard of its first label. */
const host = matching(
  (value) => isSubdomain(value.replace(/^\*\./, '')) && isIP(value) === 0,
  'a host name such as code.example.com or *.example.com, in lower case and not an address',
)

const hosts = (spec: Properties, key: string): Problem[] =>
  listed(spec, key).flatMap((each, at) => within([key], checked({ [at]: each }, { [at]: host })))

/** Fields of the filters, by type. */
const FILTERS: Readonly<Record<string, string>> = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
  CORS: 'cors',
}

/** Returns what the Gateway API rejects in an HTTPRoute or a GRPCRoute, beyond the schema. */
export function routeProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  return within(
    ['spec'],
    [
      ...hosts(spec, 'hostnames'),
      ...listedObjects(spec, 'rules').flatMap((rule, at) => within(['rules', at], ofRule(rule))),
    ],
  )
}

const ofRule = (rule: Properties): Problem[] => [
  ...listedObjects(rule, 'matches').flatMap((match, at) =>
    within(['matches', at, 'path'], ofPath(under(match, 'path'))),
  ),
  ...ofFilters(rule),
  ...listedObjects(rule, 'backendRefs').flatMap((backend, at) =>
    within(['backendRefs', at], [...ofBackend(backend), ...ofFilters(backend)]),
  ),
  ...ofTimeouts(under(rule, 'timeouts')),
]

function ofPath({ type = 'PathPrefix', value }: Properties): Problem[] {
  const isExpression = type === 'RegularExpression' || typeof value !== 'string'
  return [
    ...when(!isExpression && !value.startsWith('/'), ['value'], `must begin with "/", got ${JSON.stringify(value)}`),
    ...when(
      !isExpression && /\/\/|\/\.{1,2}(\/|$)|%2f|#/i.test(value),
      ['value'],
      `must be a path without "//", "/./", "/../", "%2f" and "#", got ${JSON.stringify(value)}`,
    ),
  ]
}

/** A Service is meant unless another kind is named. */
const ofBackend = ({ group = '', kind = 'Service', port }: Properties): Problem[] =>
  when(group === '' && kind === 'Service' && !isGiven(port), ['port'], 'is missing, which a Service requires')

const ofFilters = (of: Properties): Problem[] =>
  listedObjects(of, 'filters').flatMap((filter, at) => {
    const field = FILTERS[String(filter.type)]
    return field === undefined || isGiven(filter[field])
      ? []
      : [problemAt(['filters', at, field], `is missing, which type ${String(filter.type)} requires`)]
  })

/** Milliseconds of the Gateway API's durations, such as 1h30m. 0 means that there is no limit. */
function millisecondsOf(value: unknown): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  const sum = [...String(value).matchAll(/(\d+)(ms|[hms])/g)].reduce(
    (all, [, amount, unit = '']) => all + Number(amount) * (units[unit] ?? 0),
    0,
  )
  return sum === 0 ? Number.POSITIVE_INFINITY : sum
}

const ofTimeouts = ({ request, backendRequest }: Properties): Problem[] =>
  when(
    isGiven(request) && isGiven(backendRequest) && millisecondsOf(backendRequest) > millisecondsOf(request),
    ['timeouts', 'backendRequest'],
    `is ${String(backendRequest)}, which is longer than request, ${String(request)}`,
  )

/** Returns what the Gateway API rejects in a Gateway, beyond the schema. */
export function gatewayProblems(object: Properties): Problem[] {
  const listeners = listedObjects(under(object, 'spec'), 'listeners')
  const names = listeners.map(({ name }) => name)
  return listeners.flatMap((listener, at) => {
    const { name, protocol, tls } = listener
    const isEncrypted = ['HTTPS', 'TLS'].includes(String(protocol))
    const ends = isEncrypted && (under(listener, 'tls').mode ?? 'Terminate') === 'Terminate'
    const certified = ['certificateRefs', 'options'].some((key) => Object.keys(under({ tls }, 'tls')).includes(key))
    return within(
      ['spec', 'listeners', at],
      [
        ...when(names.indexOf(name) < at, ['name'], `is a duplicate of ${String(name)}; choose another name`),
        ...checked(listener, { hostname: host }),
        ...when(protocol === 'HTTP' && isGiven(tls), ['tls'], 'is not for protocol HTTP; remove it or use HTTPS'),
        ...when(
          ends && !certified,
          ['tls', 'certificateRefs'],
          `is missing, which protocol ${String(protocol)} requires`,
        ),
      ],
    )
  })
}
