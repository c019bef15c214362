export type Client = 'pip' | 'npm' | 'go' | 'cargo' | 'mvn'

/** Weights are learned on one set and reported on the other. */
export const SETS = ['tuning', 'judging'] as const
type SetName = (typeof SETS)[number]

/** A package as its client knows it. */
export interface Source {
  readonly name: string
  readonly client: Client
  /** As the client knows it. */
  readonly source: string
  readonly version: string
  /** Where the sources lie in it. */
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

/** Packages that no vectors are learned from: what a bench asks about must be unseen. */
export const PACKAGES: readonly Package[] = TABLE.trim()
  .split('\n')
  .map((line) => {
    const [name = '', set, client, source = '', version = '', folder = ''] = line.split(/\s+/)
    return { name, set: set as SetName, client: client as Client, source, version, folder }
  })
