/** A tree of paths. A name without children is wanted as a whole. */
export interface WantedPaths extends ReadonlyMap<string, WantedPaths | undefined> {}

interface Growing extends Map<string, Growing | undefined> {}

/** Builds a tree from paths relative to a root, separated by `/`. A path inside another one adds nothing. */
export function wantedPaths(paths: Iterable<string>): WantedPaths {
  const all: Growing = new Map()
  for (const path of paths) add(all, path.split('/'))
  return all
}

function add(all: Growing, parts: readonly string[]): void {
  let inside = all
  for (const [at, part] of parts.entries()) {
    if (at === parts.length - 1) {
      inside.set(part, undefined)
      return
    }
    if (inside.has(part) && inside.get(part) === undefined) return
    const next: Growing = inside.get(part) ?? new Map()
    inside.set(part, next)
    inside = next
  }
}

/** Yields the paths that are wanted as a whole. */
export function* pathsOf(wanted: WantedPaths, around = ''): Generator<string> {
  for (const [name, inside] of wanted) {
    if (inside === undefined) yield `${around}${name}`
    else yield* pathsOf(inside, `${around}${name}/`)
  }
}
