import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database, DefaultPrivileges, Extension, Grant, GrantRole, Provider, Role } from '@pulumi/postgresql'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  type Output,
  output,
  type Resource,
} from '@pulumi/pulumi'
import { inProject, ROOT } from '../project-paths.ts'
import { DATABASE, type Login } from './connection.ts'

interface IndexDatabaseArgs {
  /** Name of the database. */
  readonly database?: string
  readonly host: Input<string>
  readonly port: number
  /** Role that creates all resources of this component. */
  readonly admin: Login & { readonly isSuperuser: boolean }
  readonly sslMode: 'disable' | 'require' | 'verify-ca' | 'verify-full'
  /** CA certificate of the server, in PEM. If undefined, the provider uses this machine’s trust store. */
  readonly ca?: Input<string>
  /** Owner of the database and its schema. */
  readonly migrator: Login
  /** Login that may only read and write rows. */
  readonly service: Login
  /** Role that holds the service's privileges if logins are rotated. If undefined, the login holds them itself. */
  readonly serviceRole?: string
  /**
   * Resource that contains the server. When it is deleted, these resources are dropped from the state without
   * connecting to the server.
   */
  readonly livesIn?: Resource
  /** Resource that must run before anything here is created or changed. */
  readonly server?: Resource
  readonly protect: boolean
}

const SCHEMA = 'public'

// Created one after the other, because concurrent grants fail when they update the same catalog row.
const PRIVILEGES = [
  { objectType: 'table', privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  { objectType: 'sequence', privileges: ['USAGE', 'SELECT'] },
  { objectType: 'function', privileges: ['EXECUTE'] },
]

/** The database, its extension, and the two roles that use it. */
export class IndexDatabase extends ComponentResource {
  readonly name: string
  readonly #own: CustomResourceOptions

  constructor(name: string, args: IndexDatabaseArgs, opts?: ComponentResourceOptions) {
    super('codebase:database:IndexDatabase', name, {}, opts)
    const { livesIn, server, protect } = args
    this.name = args.database ?? DATABASE
    const provider = new Provider(`${name}-provider`, connection(args), { parent: this })
    const dependsOn = server === undefined ? [] : [server]
    const fate = livesIn === undefined ? {} : { deletedWith: livesIn }
    this.#own = { parent: this, provider, protect, ...fate, dependsOn }
    const migrator = this.#role(`${name}-migrator`, args.migrator)
    const role = this.#serviceRole(name, args)
    const database = this.#database(name, args.admin, migrator)
    // Objects inside the database are deleted together with it.
    const inside = { deletedWith: database, ...this.#own }
    new Extension(`${name}-vector`, { name: 'vector', database: database.name }, inside)
    this.#privileges(name, { database: database.name, owner: migrator.name, role }, inside)
    this.registerOutputs({ name: this.name })
  }

  /** A role that is not a superuser must be a member of the owner before it can create the extension and grants. */
  #database(name: string, { name: role, isSuperuser }: IndexDatabaseArgs['admin'], migrator: Role): Database {
    const args = { name: this.name, owner: migrator.name }
    if (isSuperuser) return new Database(`${name}-database`, args, this.#own)
    // The creator of a role holds it WITH ADMIN OPTION, which the provider would report as drift of this grant.
    const own = { ...this.#own, protect: false, ignoreChanges: ['withAdminOption'] }
    const member = new GrantRole(`${name}-admin`, { role, grantRole: migrator.name }, own)
    return new Database(`${name}-database`, args, { ...this.#own, dependsOn: member })
  }

  #role(name: string, { name: login, password }: Login): Role {
    return new Role(name, { name: login, password, login: true }, this.#own)
  }

  #serviceRole(name: string, { service, serviceRole }: IndexDatabaseArgs): Output<string> {
    if (serviceRole === undefined) return this.#role(`${name}-service`, service).name
    const role = new Role(`${name}-service`, { name: serviceRole, login: false }, this.#own)
    // A new login is created before the pods are replaced, and the previous one is dropped after them.
    const login = { name: service.name, password: service.password, login: true, roles: [role.name] }
    new Role(`${name}-login`, login, { ...this.#own, protect: false, replaceOnChanges: ['name'] })
    return role.name
  }

  #privileges(
    name: string,
    to: { database: Output<string>; owner: Output<string>; role: Output<string> },
    own: CustomResourceOptions,
  ): void {
    const { database, role } = to
    const connect = { database, role, objectType: 'database', privileges: ['CONNECT'] }
    let last: Resource = new Grant(`${name}-connect`, connect, own)
    for (const { objectType, privileges } of PRIVILEGES) {
      last = new DefaultPrivileges(
        `${name}-${objectType}s`,
        { ...to, schema: SCHEMA, objectType, privileges },
        { ...own, dependsOn: last },
      )
    }
  }
}

function connection({ host, port, admin, sslMode: sslmode, ca }: IndexDatabaseArgs) {
  return {
    host,
    port,
    username: admin.name,
    password: admin.password,
    database: 'postgres',
    sslmode,
    ...(ca === undefined ? {} : { sslrootcert: output(ca).apply(certificateFile) }),
    superuser: admin.isSuperuser,
    connectTimeout: 15,
  }
}

/**
 * Writes a certificate to a file, because the provider accepts only a path, and returns its path relative to the
 * program's folder.
 */
function certificateFile(text: string): string {
  const name = `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.crt`
  const folder = join(ROOT, '.pulumi', 'certificates')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text)
  return inProject('.pulumi', 'certificates', name)
}
