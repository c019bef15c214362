import { ComponentResource, type ComponentResourceOptions, type Resource, secret } from '@pulumi/pulumi'
import { CA_FILE, trusting, verifying } from '../../postgres/encryption.ts'
import { IndexDatabase } from '../../postgres/index-database.ts'
import type { Hidden } from '../../settings/hidden.ts'
import { givenSecret } from '../given-secret.ts'
import { placed, secretFor, type WorkloadArgs } from '../workload.ts'
import { Cnpg } from './cnpg.ts'
import { authorityOf, givenLogins, LOGIN_FOLDER, type Logins, loginsAt, makeCredentials } from './logins.ts'
import { Postgres } from './postgres.ts'

/** The database of the index: in the stack, on an existing server or CloudNativePG, or at a URL. */
export class Database extends ComponentResource {
  readonly logins: Logins
  readonly #own?: Postgres | Cnpg

  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Database', name, {}, opts)
    const { database, secrets } = args.settings
    if (secrets.database !== undefined) {
      this.logins = givenLogins(givenSecret('database', secrets.database, args, this))
    } else if (database.url !== undefined) {
      this.logins = this.#atUrl(database.url, args)
    } else if (database.external !== undefined) {
      this.logins = this.#external(database.external, args)
    } else if (database.cnpg !== undefined) {
      const credentials = makeCredentials(args, this)
      this.#own = new Cnpg('cnpg', { ...args, credentials, cnpg: database.cnpg }, { parent: this })
      this.logins = loginsAt(encrypted(this.#own), credentials, args, this)
    } else {
      const credentials = makeCredentials(args, this)
      this.#own = new Postgres('postgres', { ...args, credentials }, { parent: this })
      this.logins = loginsAt(encrypted(this.#own), credentials, args, this)
    }
    this.registerOutputs({})
  }

  /** Drops the service's previous logins after all pods that used them have been replaced. */
  retireFormerLogins(dependsOn: readonly Resource[]): void {
    this.#own?.retireFormerLogins(dependsOn)
  }

  #atUrl(url: Hidden, args: WorkloadArgs): Logins {
    const { migrationUrl = url, ca } = args.settings.database
    const { file, authority } = authorityOf(ca)
    const at = (one: Hidden) => secret(ca === undefined ? one.reveal() : trusting(one, LOGIN_FOLDER))
    const urls = { DATABASE_URL: at(url), MIGRATION_DATABASE_URL: at(migrationUrl), ...file }
    const logins = givenLogins(secretFor('database', urls, placed(args, 'database', this)))
    const made = { isGiven: false, authority }
    return { ...logins, service: { ...logins.service, ...made }, owner: { ...logins.owner, ...made } }
  }

  #external(
    {
      host,
      port,
      user,
      password,
      superuser,
      sslMode,
      ca,
      name,
    }: NonNullable<WorkloadArgs['settings']['database']['external']>,
    args: WorkloadArgs,
  ): Logins {
    const credentials = makeCredentials(args, this, name)
    const roles = new IndexDatabase(
      'index',
      {
        database: name,
        host,
        port,
        sslMode,
        ...(typeof ca === 'string' ? { ca } : {}),
        admin: { name: user, password: secret(password.input), isSuperuser: superuser },
        migrator: credentials.owner,
        service: credentials.service,
        serviceRole: name,
        protect: args.settings.protectData,
      },
      { parent: this },
    )
    const trusted = ca === undefined ? '' : `&sslrootcert=${LOGIN_FOLDER}/${CA_FILE}`
    const query = sslMode === 'disable' ? '' : `sslmode=${sslMode}${trusted}`
    const at = { address: `${host}:${port}`, database: name, query, ca, ready: [roles] }
    return loginsAt(at, credentials, args, this)
  }
}

/** Clients check a server that has a certificate. */
const encrypted = ({ address, ca, ready }: Pick<Postgres, 'address' | 'ca' | 'ready'>) =>
  ca === undefined ? { address, ready } : { address, ca, ready, query: verifying(LOGIN_FOLDER) }
