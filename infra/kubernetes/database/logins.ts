import { createHash } from 'node:crypto'
import type { ComponentResource, Input, Resource } from '@pulumi/pulumi'
import { databaseUrl, type Login } from '../../connection.ts'
import { makePassword } from '../../passwords.ts'
import { ROLES } from '../../roles.ts'
import type { Certificates } from '../../settings/certificates.ts'
import { CA_FILE } from '../../trusted-database.ts'
import type { SecretFiles } from '../secret-files.ts'
import { placed, secretFor, type WorkloadArgs } from '../workload.ts'

/** How the service gets into the database, and what has to be there before it does. */
export interface Logins {
  /** Reads and writes rows. */
  readonly service: SecretFiles
  /** Owns the schema. */
  readonly owner: SecretFiles
  readonly ready: readonly Resource[]
}

/** What a database that this program makes is opened with. */
export interface Credentials {
  /** The service's own: another name with another password, so that both work while pods are replaced. */
  readonly service: Login
  readonly owner: Login
}

/** The role that has the service's rights; its logins come and go with their passwords. */
export const SERVICE_ROLE = ROLES.service

/** New ones for each `secrets.version`: a name that follows from it, so that manifests can have it, and a password. */
export function makeCredentials({ settings }: WorkloadArgs, parent: ComponentResource): Credentials {
  const options = { parent, protect: false, version: settings.secrets.version }
  const { version = '' } = settings.secrets
  const suffix = createHash('sha256').update(version).digest('hex').slice(0, 8)
  return {
    service: {
      name: `${SERVICE_ROLE}_${suffix}`,
      password: makePassword('service-password', options),
    },
    owner: { name: ROLES.migrator, password: makePassword('migrator-password', options) },
  }
}

interface At {
  /** Host and port. */
  readonly address: string
  /** What comes after the "?" of the URL. */
  readonly query?: string
  readonly ca?: Certificates | undefined
  readonly ready: readonly Resource[]
}

/** Where a pod sees how it gets into the database. */
export const LOGIN_FOLDER = '/run/secrets/database'

/** The certificate as a file of the Secret, or the object that has it. */
export const authorityOf = (ca: Certificates | undefined): Authority =>
  typeof ca === 'string' ? { file: { [CA_FILE]: ca } } : { file: {}, authority: ca }

interface Authority extends Pick<SecretFiles, 'authority'> {
  readonly file: Readonly<Record<string, string>>
}

/** Secrets with a URL each, of which a pod gets one. */
export function loginsAt(
  { address, query = '', ca, ready }: At,
  { service, owner }: Credentials,
  args: WorkloadArgs,
  parent: ComponentResource,
): Logins {
  const { file, authority } = authorityOf(ca)
  const filesFor = (name: string, login: Login): SecretFiles => ({
    folder: 'database',
    secret: secretFor(
      name,
      { DATABASE_URL: databaseUrl(address, login, query), ...file },
      placed(args, 'database', parent),
    ),
    authority,
    variables: { DATABASE_URL: 'DATABASE_URL' },
    isGiven: false,
  })
  return { service: filesFor('service-login', service), owner: filesFor('owner-login', owner), ready }
}

/** A Secret that others made, with both URLs in it. */
export function givenLogins(secret: Input<string>, ready: readonly Resource[] = []): Logins {
  const files = { folder: 'database', secret, isGiven: true }
  return {
    service: { ...files, variables: { DATABASE_URL: 'DATABASE_URL' } },
    owner: { ...files, variables: { DATABASE_URL: 'MIGRATION_DATABASE_URL' } },
    ready,
  }
}
