import { createHash } from 'node:crypto'
import type { ComponentResource, Input, Resource } from '@pulumi/pulumi'
import { makePassword } from '../../passwords.ts'
import { databaseUrl, type Login, ROLES } from '../../postgres/connection.ts'
import { CA_FILE } from '../../postgres/encryption.ts'
import type { Certificates } from '../../settings/certificates.ts'
import type { SecretFiles } from '../secret-files.ts'
import { placed, secretFor, type WorkloadArgs } from '../workload.ts'

/** Secrets with the service's logins, and the resources that must exist before a login. */
export interface Logins {
  /** Login that may only read and write rows. */
  readonly service: SecretFiles
  /** Login that owns the schema. */
  readonly owner: SecretFiles
  readonly ready: readonly Resource[]
}

/** Credentials for a database that this program creates. */
export interface Credentials {
  /** The service's login. A new password comes with a new name, so that both logins work while pods are replaced. */
  readonly service: Login
  readonly owner: Login
}

/**
 * Role that holds the service's privileges. Logins are members of it, and are replaced together with their passwords.
 */
export const SERVICE_ROLE = ROLES.service

/**
 * Creates credentials for the current `secrets.version`, under names that begin with that of the role. The login's name is derived from the version, so that
 * manifests can include it.
 */
export function makeCredentials(
  { settings }: WorkloadArgs,
  parent: ComponentResource,
  role: string = SERVICE_ROLE,
): Credentials {
  const options = { parent, protect: false, version: settings.secrets.version }
  const { version = '' } = settings.secrets
  const suffix = createHash('sha256').update(version).digest('hex').slice(0, 8)
  return {
    service: {
      name: `${role}_${suffix}`,
      password: makePassword('service-password', options),
    },
    owner: { name: `${role}_migrator`, password: makePassword('migrator-password', options) },
  }
}

interface At {
  /** Address, as host and port. */
  readonly address: string
  readonly database?: string
  /** Query of the URL, without the "?". */
  readonly query?: string
  readonly ca?: Certificates | undefined
  readonly ready: readonly Resource[]
}

/** Folder in which a pod finds its login. */
export const LOGIN_FOLDER = '/run/secrets/database'

/** Returns the CA certificate as a file of the Secret, or the object that has it. */
export const authorityOf = (ca: Certificates | undefined): Authority =>
  typeof ca === 'string' ? { file: { [CA_FILE]: ca } } : { file: {}, authority: ca }

interface Authority extends Pick<SecretFiles, 'authority'> {
  readonly file: Readonly<Record<string, string>>
}

/** Creates one Secret for each login. A pod gets only the one that it needs. */
export function loginsAt(
  { address, database, query, ca, ready }: At,
  { service, owner }: Credentials,
  args: WorkloadArgs,
  parent: ComponentResource,
): Logins {
  const { file, authority } = authorityOf(ca)
  const filesFor = (name: string, login: Login): SecretFiles => ({
    folder: 'database',
    secret: secretFor(
      name,
      { DATABASE_URL: databaseUrl(address, login, query, database), ...file },
      placed(args, 'database', parent),
    ),
    authority,
    variables: { DATABASE_URL: 'DATABASE_URL' },
    isGiven: false,
  })
  return { service: filesFor('service-login', service), owner: filesFor('owner-login', owner), ready }
}

/** Returns the logins of an existing Secret with both URLs. */
export function givenLogins(secret: Input<string>, ready: readonly Resource[] = []): Logins {
  const files = { folder: 'database', secret, isGiven: true }
  return {
    service: { ...files, variables: { DATABASE_URL: 'DATABASE_URL' } },
    owner: { ...files, variables: { DATABASE_URL: 'MIGRATION_DATABASE_URL' } },
    ready,
  }
}
