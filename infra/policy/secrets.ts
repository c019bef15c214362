import { isDockerContainer } from './docker.ts'
import { isKubernetes, kindOf, podOf } from './pods.ts'
import { type Policy, type Problem, type Properties, SECRET, type Subject, UNKNOWN } from './policy.ts'
import { inWords, type Leaf, leavesOf, listed, listedObjects, under } from './properties.ts'

export const plainSecret: Policy = {
  name: 'plain-secret',
  level: 'mandatory',
  description: 'Secrets are kept in a Secret or a file, never in variables, arguments, labels or a ConfigMap.',
  remedy: 'Move it to a Secret and mount that; on Docker move it to a file in a separate volume',
  check: (subject) => (isKubernetes(subject) ? plainOnKubernetes(subject) : plainOnDocker(subject)),
}

const NAME = /(password|passwd|passphrase|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key)s?$/i

// URLs with a password, private keys, and tokens with a recognizable prefix.
const CONTENT =
  /[a-z][a-z0-9+.-]*:\/\/[^/\s:@"]*:[^/\s@"]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(gh[pousr]_\w{30}|github_pat_\w{22}|glpat-[\w-]{20}|AKIA[0-9A-Z]{16}|xox[abprs]-\w{10})/

/** Whether a value must be hidden because of its name. Paths, numbers and booleans need not be. */
const isTelling = (name: string, value: unknown) =>
  typeof value === 'string' && value !== UNKNOWN && NAME.test(name) && !/^(|\/.*|-?[\d.]+|true|false)$/.test(value)

const holdsSecret = (value: unknown) => typeof value === 'string' && (value === SECRET || CONTENT.test(value))

function plainOnKubernetes(subject: Subject): Problem[] {
  if (kindOf(subject) === 'Secret') return []
  const leaves = leavesOf(subject.inputs).filter(({ value }) => holdsSecret(value))
  const told = leaves.map(({ at }) => ({ at, says: 'holds a secret' }))
  const named = (podOf(subject)?.containers ?? []).flatMap(({ at, spec }) =>
    listedObjects(spec, 'env')
      .filter(({ name, value }) => isTelling(inWords(name), value) && !holdsSecret(value))
      .map(({ name }) => ({ at: `${at}.env[${inWords(name)}]`, says: 'has the name of a secret' })),
  )
  return [...told, ...named]
}

const SHOWN_BY_INSPECT = ['envs', 'command', 'entrypoints', 'labels']

function plainOnDocker(subject: Subject): Problem[] {
  if (!isDockerContainer(subject)) return []
  const shown = Object.fromEntries(SHOWN_BY_INSPECT.map((key) => [key, subject.inputs[key]]))
  const told = leavesOf(shown).filter(({ value }) => holdsSecret(value))
  const named = listed(subject.inputs, 'envs').flatMap((line) => {
    const [name = '', ...rest] = inWords(line).split('=')
    return isTelling(name, rest.join('=')) ? [{ at: `envs[${name}]`, says: 'has the name of a secret' }] : []
  })
  return [...told.map(({ at }) => ({ at, says: 'holds a secret' })), ...named]
}

export const secretAsFile: Policy = {
  name: 'secret-as-file',
  level: 'mandatory',
  description: 'Secrets are mounted as files, because every process and crash report inherits the environment.',
  remedy: 'Mount the Secret as a volume, and set a variable that ends with _FILE to the path of the file',
  check: (subject) => [...referencesIn(subject, (name) => READ_FROM_FILES.has(name)), ...wholeSecretsIn(subject)],
}

export const secretInEnvironment: Policy = {
  name: 'secret-in-environment',
  level: 'advisory',
  description: 'Secrets are environment variables only if the program cannot read them from a file.',
  remedy:
    'If the program can read a file, mount the Secret instead: every process of the container sees its environment',
  check: (subject) => referencesIn(subject, (name) => !READ_FROM_FILES.has(name)),
}

/**
 * Variables that the images of this product also read from a file, whose path is in a variable with the suffix _FILE.
 */
export const READ_FROM_FILES: ReadonlySet<string> = new Set([
  'DATABASE_URL',
  'MIGRATION_DATABASE_URL',
  'DATABASE_PASSWORD',
  'AUTH_TOKENS',
  'OIDC_CLIENT_SECRET',
  'SERVER_TOKEN',
  'GIT_CREDENTIALS',
  'WEBHOOK_SECRET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_WEB_IDENTITY_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'RESTORED_DATABASE_URL',
  'POSTGRES_PASSWORD',
])

/** Returns the variables with matching names whose value comes from a Secret. */
const referencesIn = (subject: Subject, isMeant: (name: string) => boolean): Problem[] =>
  (podOf(subject)?.containers ?? []).flatMap(({ at, spec }) =>
    listedObjects(spec, 'env')
      .filter(
        ({ name, ...variable }) => isMeant(inWords(name)) && isReference(under(variable, 'valueFrom').secretKeyRef),
      )
      .map(({ name }) => ({ at: `${at}.env[${inWords(name)}]`, says: 'is read from a Secret' })),
  )

const wholeSecretsIn = (subject: Subject): Problem[] =>
  (podOf(subject)?.containers ?? []).flatMap(({ at, spec }) =>
    listedObjects(spec, 'envFrom')
      .filter(({ secretRef }) => isReference(secretRef))
      .map((source) => ({
        at: `${at}.envFrom`,
        says: `includes the Secret ${inWords(under(source, 'secretRef').name)}`,
      })),
  )

const isReference = (value: unknown) => value !== undefined && value !== null

export const markedSecret: Policy = {
  name: 'marked-secret',
  level: 'mandatory',
  description: 'Values with the name of a secret are encrypted in the state.',
  needsMarks: true,
  remedy: 'Wrap the value in pulumi.secret(), or set it with `pulumi config set --secret`',
  check: (subject) =>
    isKubernetes(subject)
      ? unmarked(encryptedPart(subject))
      : unmarked(leavesOf(subject.inputs).filter(({ key, value }) => isTelling(key, value))),
}

/** Returns the values of a Secret. All of them must be marked, whatever their keys. */
function encryptedPart(subject: Subject): Leaf[] {
  if (kindOf(subject) !== 'Secret') return []
  const { data, stringData }: Properties = subject.inputs
  return leavesOf({ data, stringData }).filter(({ value }) => typeof value === 'string')
}

const unmarked = (leaves: readonly Leaf[]): Problem[] =>
  leaves
    .filter(({ value }) => value !== SECRET && value !== UNKNOWN)
    .map(({ at }) => ({ at, says: 'is not marked as a secret' }))
