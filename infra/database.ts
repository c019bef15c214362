import { Database, DefaultPrivileges, Extension, Grant, Provider, Role } from '@pulumi/postgresql'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { DATABASE, type Login } from './connection.ts'

interface IndexDatabaseArgs {
  readonly host: string
  readonly port: number
  readonly superuser: Login
  /** Owns the database and its schema. */
  readonly migrator: Login
  /** Reads and writes rows, and nothing else. */
  readonly service: Login
  /** Once this is gone, so is all that is made here, and no server is asked about it that may be gone too. */
  readonly livesIn: Resource
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
    const provider = new Provider(`${name}-provider`, connection(args), { parent: this })
    const dependsOn = args.server === undefined ? [] : [args.server]
    this.#own = { parent: this, provider, protect: args.protect, deletedWith: args.livesIn, dependsOn }
    const migrator = this.#role(`${name}-migrator`, args.migrator)
    const service = this.#role(`${name}-service`, args.service)
    const database = new Database(`${name}-database`, { name: DATABASE, owner: migrator.name }, this.#own)
    new Extension(`${name}-vector`, { name: 'vector', database: database.name }, this.#own)
    this.#privileges(name, { database: database.name, owner: migrator.name, role: service.name })
    this.registerOutputs({ name: this.name })
  }

  #role(name: string, { name: login, password }: Login): Role {
    return new Role(name, { name: login, password, login: true }, this.#own)
  }

  #privileges(name: string, to: { database: Output<string>; owner: Output<string>; role: Output<string> }): void {
    const { database, role } = to
    const connect = { database, role, objectType: 'database', privileges: ['CONNECT'] }
    let last: Resource = new Grant(`${name}-connect`, connect, this.#own)
    for (const { objectType, privileges } of PRIVILEGES) {
      last = new DefaultPrivileges(
        `${name}-${objectType}s`,
        { ...to, schema: SCHEMA, objectType, privileges },
        { ...this.#own, dependsOn: last },
      )
    }
  }
}

function connection({ host, port, superuser }: IndexDatabaseArgs) {
  return {
    host,
    port,
    username: superuser.name,
    password: superuser.password,
    database: 'postgres',
    sslmode: 'disable',
    superuser: true,
    connectTimeout: 15,
  }
}
