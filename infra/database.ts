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
import { DATABASE, type Login } from './connection.ts'
import { inProject, ROOT } from './project-paths.ts'

interface IndexDatabaseArgs {
  readonly host: Input<string>
  readonly port: number
  /** Makes everything here. */
  readonly admin: Login & { readonly isSuperuser: boolean }
  readonly sslMode: 'disable' | 'require' | 'verify-full'
  /** Certificate, in PEM, of who signed the server's; else those count that this machine trusts. */
  readonly ca?: Input<string>
  /** Owns the database and its schema. */
  readonly migrator: Login
  /** Reads and writes rows, and nothing else. */
  readonly service: Login
  /** The role that has the service's rights, where logins come and go; else it is the service's own. */
  readonly serviceRole?: string
  /** Once this is gone, so is all that is made here, and no server is asked about it that may be gone too. */
  readonly livesIn?: Resource
  /** What has to run before anything here is made or changed. */
  readonly server?: Resource
  readonly protect: boolean
}

const SCHEMA = 'public'

// One after the other: two grants at once fail on the row that both change.
const PRIVILEGES = [
  { objectType: 'table', privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  { objectType: 'sequence', privileges: ['USAGE', 'SELECT'] },
  { objectType: 'function', privileges: ['EXECUTE'] },
]

/** The database with its extension, and the two roles that use it. */
export class IndexDatabase extends ComponentResource {
  readonly name = DATABASE
  readonly #own: CustomResourceOptions

  constructor(name: string, args: IndexDatabaseArgs, opts?: ComponentResourceOptions) {
    super('codebase:database:IndexDatabase', name, {}, opts)
    const { livesIn, server, protect } = args
    const provider = new Provider(`${name}-provider`, connection(args), { parent: this })
    const dependsOn = server === undefined ? [] : [server]
    const fate = livesIn === undefined ? {} : { deletedWith: livesIn }
    this.#own = { parent: this, provider, protect, ...fate, dependsOn }
    const migrator = this.#role(`${name}-migrator`, args.migrator)
    const role = this.#serviceRole(name, args)
    const database = this.#database(name, args.admin, migrator)
    // What is in the database goes with it.
    const inside = { deletedWith: database, ...this.#own }
    new Extension(`${name}-vector`, { name: 'vector', database: database.name }, inside)
    this.#privileges(name, { database: database.name, owner: migrator.name, role }, inside)
    this.registerOutputs({ name: this.name })
  }

  /** Whoever is no superuser can make extension and grants in it only as a member of the role that owns it. */
  #database(name: string, { name: role, isSuperuser }: IndexDatabaseArgs['admin'], migrator: Role): Database {
    const args = { name: DATABASE, owner: migrator.name }
    if (isSuperuser) return new Database(`${name}-database`, args, this.#own)
    // Who made a role may grant it, which the provider takes for an option of this grant.
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
    // Another login is made before the pods are replaced, and the former one goes after them.
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

/** Where the provider, which reads it from a file alone, finds a certificate; it starts in the folder of the program. */
function certificateFile(text: string): string {
  const name = `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.crt`
  const folder = join(ROOT, '.pulumi', 'certificates')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, name), text)
  return inProject('.pulumi', 'certificates', name)
}
