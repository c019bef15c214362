import { isIP } from 'node:net'
import type { Properties } from '../policy/policy.ts'
import { isObject, listed, listedObjects, under } from '../policy/properties.ts'
import { isSubdomain } from '../settings/kubernetes-kinds.ts'
import {
  checked,
  dnsLabel,
  filled,
  isGiven,
  matching,
  type Problem,
  port,
  portName,
  problemAt,
  subdomain,
  when,
  within,
} from './checks.ts'

/** Host of a rule, or a wildcard of one label. */
const ruleHost = matching(
  (value) => value === '' || (isSubdomain(value.replace(/^\*\./, '')) && isIP(value) === 0),
  'a host name such as code.example.com or *.example.com, in lower case and not an address',
)

const rulePath = matching(
  (value) => !/\/\/|\/\.{1,2}(\/|$)|%2f/i.test(value),
  'a path without "//", "/./", "/../" and "%2f"',
)

const OLD_CLASS = 'kubernetes.io/ingress.class'

/** Returns what an API server would reject in an Ingress, beyond the schema. */
export function ingressProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const rules = listedObjects(spec, 'rules')
  const none = rules.length === 0 && spec.defaultBackend === undefined
  const { [OLD_CLASS]: old } = under(object, 'metadata', 'annotations')
  const isOther = isGiven(spec.ingressClassName) && isGiven(old) && old !== spec.ingressClassName
  return within(
    ['spec'],
    [
      ...when(
        isOther,
        ['ingressClassName'],
        `is ${String(spec.ingressClassName)}, but the annotation ${OLD_CLASS} is ${String(old)}; remove the annotation`,
      ),
      ...when(none, ['rules'], 'is required unless defaultBackend is set'),
      ...checked(spec, { ingressClassName: subdomain }),
      ...(isObject(spec.defaultBackend) ? ofBackend(['defaultBackend'], spec.defaultBackend) : []),
      ...rules.flatMap((rule, at) => within(['rules', at], ofRule(rule))),
      ...listedObjects(spec, 'tls').flatMap((each, at) => [
        ...within(['tls', at], checked(each, { secretName: subdomain })),
        ...listed(each, 'hosts').flatMap((host, number) =>
          within(['tls', at, 'hosts'], checked({ [number]: host }, { [number]: ruleHost })),
        ),
      ]),
    ],
  )
}

function ofRule(rule: Properties): Problem[] {
  const paths = listedObjects(under(rule, 'http'), 'paths')
  return [
    ...checked(rule, { host: ruleHost, 'http.paths': filled }),
    ...paths.flatMap((each, number) => {
      const { path, pathType } = each
      const isPlain = pathType !== 'ImplementationSpecific'
      return within(
        ['http', 'paths', number],
        [
          ...ofBackend(['backend'], under(each, 'backend')),
          ...when(
            isPlain && typeof path === 'string' && !path.startsWith('/'),
            ['path'],
            `must begin with "/", got ${JSON.stringify(path)}`,
          ),
          ...(isPlain ? checked(each, { path: rulePath }) : []),
        ],
      )
    }),
  ]
}

function ofBackend(path: readonly string[], backend: Properties): Problem[] {
  const [first, ...others] = ['service', 'resource'].filter((key) => key in backend)
  if (first === undefined || others.length > 0) return [problemAt(path, 'must have either service or resource')]
  const own = under(backend, 'service', 'port')
  const isOne = first === 'resource' || ['name', 'number'].filter((key) => key in own).length === 1
  return [
    ...when(!isOne, [...path, 'service', 'port'], 'must have either name or number'),
    ...within(
      path,
      checked(backend, { 'service.name': dnsLabel, 'service.port.number': port, 'service.port.name': portName }),
    ),
  ]
}

/** Returns what an API server would reject in an IngressClass, beyond the schema. */
export const ingressClassProblems = (object: Properties): Problem[] =>
  within(
    ['spec'],
    checked(under(object, 'spec'), {
      controller: matching(
        (value) => value.length <= 250 && /^[^/]+\/.+$/.test(value) && isSubdomain(value.split('/')[0] ?? ''),
        'the name of a controller such as example.com/ingress',
      ),
    }),
  )
