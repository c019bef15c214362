import { hash } from 'node:crypto'
import { patternOf } from '../../access/repository-scope.ts'
import type { ShownSecrets } from '../../shown-secrets.ts'
import { RULES_VERSION } from './rules.ts'

/** Exceptions from masking in one repository. */
export interface ShownHere {
  readonly everything: boolean
  /** Globs of paths, in which `*` matches any characters. */
  readonly paths: readonly string[]
  /** SHA-256 of texts, in hex. */
  readonly fingerprints: readonly string[]
}

export const NOTHING_SHOWN: ShownHere = { everything: false, paths: [], fingerprints: [] }

export function shownIn(repository: string, { places, fingerprints }: ShownSecrets): ShownHere {
  const here = places.filter(({ repositories }) => repositories.allows(repository))
  return {
    everything: here.some(({ path }) => path === undefined),
    paths: here.flatMap(({ path }) => path ?? []),
    fingerprints,
  }
}

export function showsFile(path: string, { everything, paths }: ShownHere): boolean {
  return everything || (paths.length > 0 && new RegExp(patternOf(paths), 'su').test(path))
}

const NO_RULES = 'none'

/** Returns the version of the rules that mask secrets. */
export function rulesVersion({ everything, paths, fingerprints }: ShownHere): string {
  if (everything) return NO_RULES
  return hash('sha256', JSON.stringify([RULES_VERSION, paths, fingerprints])).slice(0, 16)
}
