import { isIP } from 'node:net'
import { z } from 'zod'
import { checkedText, must, scalar, text } from './kinds.ts'

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?'

const fits = (value: string, longest: number, pattern: string) =>
  value.length <= longest && new RegExp(`^${pattern}$`).test(value)

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
export const isDnsLabel = (value: string) => fits(value, 63, LABEL)

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export const isSubdomain = (value: string) => fits(value, 253, SUBDOMAIN)

/**
 * Whether a value is a qualified name, as labels, annotations, taints and resources have: a name with an optional
 * domain and slash before it.
 */
export function isQualifiedName(value: string): boolean {
  const parts = value.split('/')
  const [domain, name] = parts.length === 1 ? [undefined, parts[0]] : parts
  return parts.length <= 2 && fits(name ?? '', 63, NAME) && (domain === undefined || isSubdomain(domain))
}

export const isLabelValue = (value: string) => value === '' || fits(value, 63, NAME)

const LETTERS = 'in lower-case letters, digits, "-" and "."'

/** Name of an object. */
export const objectName = (what: string) => checkedText(isSubdomain, `the name of ${what}, ${LETTERS}`)

/** Name that becomes part of a host name, such as that of a namespace or a container. */
export const labelName = (what: string) =>
  checkedText(isDnsLabel, `the name of ${what}, up to 63 lower-case letters, digits and inner "-"`)

export const namespaceName = labelName('a namespace')

/** Host name without a port; not an address. It is converted to lower case. */
export const hostName = z.preprocess(
  (value) => (typeof value === 'string' ? value.toLowerCase() : value),
  checkedText(
    (value) => isSubdomain(value) && isIP(value) === 0 && value.split('.').every((label) => label.length <= 63),
    'a host name such as code.example.com, not an address, port or URL',
  ),
)

/** Host name or IP address. */
export const hostOrAddress = checkedText(
  (value) => isIP(value) !== 0 || (fits(value.toLowerCase(), 253, SUBDOMAIN) && !/^[\d.]+$/.test(value)),
  'a host name or an IP address',
)

export const ipAddress = checkedText((value) => isIP(value) !== 0 && !value.includes('%'), 'an IP address')

/** Extended resource of a node, such as nvidia.com/gpu. */
export const resourceName = checkedText(
  (value) => value.includes('/') && isQualifiedName(value) && !/(^|\.)kubernetes\.io\//.test(value),
  'a resource of a node such as nvidia.com/gpu',
)

/** @see https://github.com/distribution/reference/blob/main/reference.go */
const REFERENCE = (() => {
  const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
  const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
  const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`
  return new RegExp(
    `^(?:${domain}/)?${part}(?:/${part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
  )
})()

const isPort = (port = '1') => Number(port) >= 1 && Number(port) <= 65535

/** Returns the port of a registry. */
const portOf = (reference: string) => /^[^/]+:(\d+)\//.exec(`${reference}/`)?.[1]

/** Without its tag and digest. */
const LONGEST_NAME = 255

/** Registry and path, with which an image's name starts. */
export const imageRegistry = text(
  /^(?=[^/]*[.:]|localhost)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/,
  'a registry with a path, such as registry.example.com/team, without a scheme or a tag',
).refine((value) => isPort(portOf(value)) && !/^(docker\.io|ghcr\.io|quay\.io|registry\.gitlab\.com)$/.test(value), {
  error: must('a registry with a port up to 65535 and the required path, such as ghcr.io/team'),
})

export const imageReference = checkedText(
  (value) =>
    REFERENCE.test(value) &&
    value.replace(/@.*$/, '').replace(/:[^/:]*$/, '').length <= LONGEST_NAME &&
    !/^[0-9a-f]{64}$/.test(value) &&
    (!value.includes('/') || isPort(portOf(value.split('/')[0] ?? ''))),
  'an image reference such as registry.example.com/team/name:1.2, in lower case, with one tag, a digest or both, and without https://',
)

const keyed = <Value extends z.ZodType>(isKey: (key: string) => boolean, value: Value, what: string) =>
  z
    .record(z.string(), value, { error: must(`${what} by key`) })
    .superRefine((given, context) => {
      for (const key of Object.keys(given).filter((each) => !isKey(each))) {
        const says = `has the key ${JSON.stringify(key)}, which must be a name such as team or example.com/team`
        context.addIssue({ code: 'custom', message: says })
      }
    })
    .meta({ keyed: true })

const labelValue = scalar.refine(isLabelValue, {
  error: must('up to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends'),
})

const LEVELS = ['privileged', 'baseline', 'restricted']

/** Labels of objects or nodes. Those by which a namespace has a level of Pod Security must be one. */
export const labels = keyed(isQualifiedName, labelValue, 'labels').superRefine((given, context) => {
  for (const mode of ['enforce', 'audit', 'warn']) {
    const key = `pod-security.kubernetes.io/${mode}`
    const level = given[key] ?? 'restricted'
    if (!LEVELS.includes(level))
      context.addIssue({ code: 'custom', path: [key], message: `must be one of ${LEVELS.join(', ')}, got ${level}` })
  }
})

export const OWN_LABELS = ['name', 'instance', 'component', 'part-of'].map((name) => `app.kubernetes.io/${name}`)

/** Additional labels. The stack's own are reserved, because its selectors use them. */
export const moreLabels = labels.superRefine((given, context) => {
  for (const key of Object.keys(given).filter((each) => OWN_LABELS.includes(each))) {
    context.addIssue({ code: 'custom', message: `has ${key}, which the stack uses itself; choose another key` })
  }
})

const ANNOTATIONS_BYTES = 256 * 1024

export const annotations = keyed((key) => isQualifiedName(key.toLowerCase()), scalar, 'annotations').refine(
  (given) => Buffer.byteLength(JSON.stringify(given)) <= ANNOTATIONS_BYTES,
  {
    error: `must be ${ANNOTATIONS_BYTES} bytes or less in total`,
  },
)

export const taintKey = checkedText(
  isQualifiedName,
  'the key of a taint such as nvidia.com/gpu, without value and effect; a whole toleration goes into tolerations',
)
