import { RepositoryScope } from './access/repository-scope.ts'
import { Fault } from './errors.ts'

/** What is indexed unchanged although it looks like a secret. */
export interface ShownSecrets {
  readonly places: readonly {
    readonly repositories: RepositoryScope
    /** Glob of paths, in which `*` matches any characters. Undefined for all paths. */
    readonly path?: string
  }[]
  /** SHA-256 of the texts, in hex. */
  readonly fingerprints: readonly string[]
}

const FINGERPRINT = /^sha256:(.*)$/i
const PLACE = /^([^:]+)(?::(.+))?$/

/**
 * Parses entries such as `NAME`, `NAME:PATH` or `sha256:HEX`, in which `*` matches any characters of a name or path.
 * @throws Fault `configuration_invalid`, whose message begins with a verb
 */
export function parseShownSecrets(entries: readonly string[]): ShownSecrets {
  const fingerprints = entries.flatMap((entry) => FINGERPRINT.exec(entry)?.[1]?.toLowerCase() ?? [])
  const wrong = fingerprints.find((hex) => !/^[0-9a-f]{64}$/.test(hex))
  if (wrong !== undefined)
    throw invalid(`has a fingerprint that is not 64 hexadecimal digits: ${JSON.stringify(wrong)}`)
  const places = entries.filter((entry) => !FINGERPRINT.test(entry)).map(placeOf)
  return { places, fingerprints }
}

function placeOf(entry: string): ShownSecrets['places'][number] {
  const [, name, path] = PLACE.exec(entry) ?? []
  if (name === undefined) throw invalid(`has an entry without the name of a repository: ${JSON.stringify(entry)}`)
  return { repositories: new RepositoryScope([name]), ...(path === undefined ? {} : { path }) }
}

const invalid = (message: string) =>
  new Fault('configuration_invalid', message, 'Give NAME, NAME:PATH or sha256:HEX, as in .env.example')
