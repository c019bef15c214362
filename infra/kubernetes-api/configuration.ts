import type { Properties } from '../policy/policy.ts'
import { listed, listedObjects, under } from '../policy/properties.ts'
import { checked, from, isGiven, isUnknown, oneOf, type Problem, problemAt, when, within } from './checks.ts'
import { DATA_KEY, isDataKey } from './references.ts'
import { claimProblems } from './volumes.ts'

const MOST_BYTES = 1024 * 1024
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** @param encoded the key whose values are base64; `texts` is the key with plain values */
function ofContents(object: Properties, texts: string, encoded: string): Problem[] {
  const groups = [texts, encoded].map((key) => [key, under(object, key)] as const)
  const all = groups.flatMap(([group, entries]) =>
    Object.entries(entries).map(([key, value]) => ({ group, key, value })),
  )
  const bytes = all.reduce((sum, { key, value }) => sum + key.length + Buffer.byteLength(String(value)), 0)
  return [
    ...all.flatMap(({ group, key, value }) => {
      const path = [group, key]
      if (!isDataKey(key)) return [{ path, says: `must be ${DATA_KEY}` }]
      const isPlain = group === encoded && typeof value === 'string' && !BASE64.test(value.replaceAll(/\s/g, ''))
      return isPlain && !isUnknown(value) ? [{ path, says: `must be base64; use ${texts} for plain text` }] : []
    }),
    ...when(bytes > MOST_BYTES, [texts], `has ${bytes} bytes; the limit is ${MOST_BYTES}`),
  ]
}

export function configMapProblems(object: Properties): Problem[] {
  const twice = Object.keys(under(object, 'data')).filter((key) => key in under(object, 'binaryData'))
  return [
    ...ofContents(object, 'data', 'binaryData'),
    ...twice.map((key) => problemAt(['binaryData', key], 'is also in data; remove one of them')),
  ]
}

/** Required keys of each Secret type. */
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
}

/** Types with a login, of which one key is enough. */
const BASIC = 'kubernetes.io/basic-auth'
const OF_ACCOUNT = 'kubernetes.io/service-account-token'
const ACCOUNT = 'kubernetes.io/service-account.name'

export function secretProblems(object: Properties): Problem[] {
  const { type } = object
  const texts = under(object, 'stringData')
  const keys = Object.keys({ ...under(object, 'data'), ...texts })
  const missing = (OF_TYPE[String(type)] ?? []).filter((key) => !keys.includes(key))
  const login = texts['.dockerconfigjson']
  return [
    ...ofContents(object, 'stringData', 'data'),
    ...missing.map((key) => problemAt(['stringData', key], `is missing; a Secret of type ${String(type)} requires it`)),
    ...when(
      type === BASIC && !keys.includes('username') && !keys.includes('password'),
      ['stringData'],
      `has neither username nor password; a Secret of type ${BASIC} requires one of them`,
    ),
    ...when(
      type === OF_ACCOUNT && !isGiven(under(object, 'metadata', 'annotations')[ACCOUNT]),
      ['metadata', 'annotations', ACCOUNT],
      `is missing; a Secret of type ${OF_ACCOUNT} requires it`,
    ),
    ...when(
      typeof login === 'string' && !isUnknown(login) && !isJson(login),
      ['stringData', '.dockerconfigjson'],
      'must be JSON, as docker login writes it',
    ),
  ]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    // A placeholder stands for what is encrypted.
    return text === 'encrypted'
  }
}

export const claimObjectProblems = (object: Properties): Problem[] =>
  within(['spec'], claimProblems(under(object, 'spec')))

export const storageClassProblems = (object: Properties): Problem[] =>
  checked(object, {
    reclaimPolicy: oneOf('Delete', 'Retain'),
    volumeBindingMode: oneOf('Immediate', 'WaitForFirstConsumer'),
  })

/** Checks a ValidatingAdmissionPolicy. */
export function admissionPolicyProblems(object: Properties): Problem[] {
  const spec = under(object, 'spec')
  const validations = listedObjects(spec, 'validations')
  return within(
    ['spec'],
    [
      ...when(
        !isGiven(spec.matchConstraints),
        ['matchConstraints'],
        'is missing; a policy needs the objects it is for',
      ),
      ...when(
        validations.length + listed(spec, 'auditAnnotations').length === 0,
        ['validations'],
        'must have a validation',
      ),
      ...validations.flatMap(({ expression }, at) =>
        when(expression === '', ['validations', at, 'expression'], 'must not be empty'),
      ),
    ],
  )
}

const HIGHEST_PRIORITY = 1_000_000_000

export function priorityProblems(object: Properties): Problem[] {
  const { name } = under(object, 'metadata')
  return [
    ...when(
      typeof name === 'string' && name.startsWith('system-'),
      ['metadata', 'name'],
      'must not start with "system-", which is for the cluster itself',
    ),
    ...checked(object, { value: from(-2_147_483_648, HIGHEST_PRIORITY) }),
  ]
}

export const roleProblems = (object: Properties): Problem[] =>
  listedObjects(object, 'rules').flatMap((rule, at) => {
    const has = (key: string) => listed(rule, key).length > 0
    const isOfUrls = has('nonResourceURLs')
    return within(
      ['rules', at],
      [
        ...when(!has('verbs'), ['verbs'], 'must have a verb such as get'),
        ...when(isOfUrls && object.kind === 'Role', ['nonResourceURLs'], 'is only for a ClusterRole'),
        ...when(!isOfUrls && !has('apiGroups'), ['apiGroups'], 'is missing; for the core group it is [""]'),
        ...when(!isOfUrls && !has('resources'), ['resources'], 'must have a resource such as pods'),
      ],
    )
  })

export function bindingProblems(object: Properties): Problem[] {
  return [
    ...checked(object, {
      'roleRef.kind': object.kind === 'RoleBinding' ? oneOf('Role', 'ClusterRole') : oneOf('ClusterRole'),
      'roleRef.apiGroup': oneOf('rbac.authorization.k8s.io', ''),
    }),
    ...listedObjects(object, 'subjects').flatMap((subject, at) =>
      within(
        ['subjects', at],
        [
          ...checked(subject, { kind: oneOf('ServiceAccount', 'User', 'Group') }),
          ...when(
            subject.kind === 'ServiceAccount' && !isGiven(subject.namespace),
            ['namespace'],
            'is missing, which a ServiceAccount has',
          ),
        ],
      ),
    ),
  ]
}
