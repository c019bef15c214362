export type Client = 'pip' | 'npm' | 'go' | 'cargo' | 'mvn'

/** Weights are learned on one set and reported on the other. */
export const SETS = ['tuning', 'judging'] as const
type SetName = (typeof SETS)[number]

/** A package in its ecosystem's registry. */
export interface Source {
  readonly name: string
  readonly client: Client
  /** Name of the package in the registry. */
  readonly source: string
  readonly version: string
  /** Folder of the sources within the package. */
  readonly folder: string
}

export interface Package extends Source {
  readonly set: SetName
}

const TABLE = `
attrs    judging pip   attrs                           26.1.0        .
dulwich  tuning  pip   dulwich                         1.2.21        .
pyramid  judging pip   pyramid                         2.1           .
fastify  tuning  npm   fastify                         5.12.8        .
rxjs     judging npm   rxjs                            7.8.2         src
three    tuning  npm   three                           0.187.0       src
nats.go  tuning  go    github.com/nats-io/nats.go      v1.55.0       .
raft     judging go    github.com/hashicorp/raft       v1.8.0        .
ratatui  tuning  cargo ratatui                         0.29.0        src
reqwest  judging cargo reqwest                         0.12.24       src
guava    tuning  mvn   com.google.guava:guava          33.4.8-jre    com
okhttp   judging mvn   com.squareup.okhttp3:okhttp     4.12.0        .
`

/** Packages that the vectors are not trained on: a benchmark may only ask about unseen code. */
export const PACKAGES: readonly Package[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [name = '', set, client, source = '', version = '', folder = ''] = line.split(/\s+/)
    return { name, set: set as SetName, client: client as Client, source, version, folder }
  })
