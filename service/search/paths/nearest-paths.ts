import { distance } from 'fastest-levenshtein'

const MOST_NEAR = 5
/** How much of a path may differ, and the penalty if only the last name is similar. */
const MOST_CHANGED = 0.4
const OTHER_FOLDER = 0.05
/** Maximum number of paths whose distance is computed, which takes the product of two lengths. */
const MOST_COMPARED = 200

interface Candidate {
  readonly path: string
  readonly wanted: readonly string[]
  /** Share of pairs of characters in common. */
  readonly alike: number
}

/**
 * Collects the paths that are most similar to wanted ones. A path costs time linear in its length: only those that
 * share the most pairs of characters are compared by their distance, however many paths there are.
 */
export class NearestPaths {
  readonly #distance: (one: string, other: string) => number
  #candidates: Candidate[] = []
  #leastAlike = 0

  constructor(distanceBetween = distance) {
    this.#distance = distanceBetween
  }

  /** Returns a function that looks at a path, of a file or of a folder with a trailing slash. `wanted` is in lower case. */
  to(wanted: readonly string[]): (path: string) => void {
    const pairs = wanted.map((text) => ({ whole: new Pairs(text), last: new Pairs(lastOf(text)) }))
    return (path) => {
      const own = plain(path)
      const start = own.lastIndexOf('/') + 1
      let alike = 0
      for (const { whole, last } of pairs) {
        const changed = changeOf(1 - whole.sharedWith(own, 0), 1 - last.sharedWith(own, start))
        alike = Math.max(alike, 1 - changed)
      }
      if (alike < this.#leastAlike) return
      this.#candidates.push({ path, wanted, alike })
      if (this.#candidates.length > 2 * MOST_COMPARED) this.#keepMostAlike()
    }
  }

  /** Returns the nearest paths, the nearest first. Several repositories may have the same one. */
  paths(): string[] {
    this.#keepMostAlike()
    const near = this.#candidates
      .map(({ path, wanted }) => ({
        path,
        changed: Math.min(...wanted.map((text) => this.#changeBetween(text, plain(path)))),
      }))
      .filter(({ changed }) => changed <= MOST_CHANGED)
      .sort((one, other) => one.changed - other.changed || one.path.length - other.path.length)
    return [...new Set(near.map(({ path }) => path))].slice(0, MOST_NEAR)
  }

  #keepMostAlike(): void {
    const kept = this.#candidates.sort((one, other) => other.alike - one.alike).slice(0, MOST_COMPARED)
    if (kept.length === MOST_COMPARED) this.#leastAlike = kept.at(-1)?.alike ?? 0
    this.#candidates = kept
  }

  /** Returns the share of characters that differ, 0 for the same path in different case. */
  #changeBetween(wanted: string, path: string): number {
    return changeOf(this.#shareChanged(wanted, path), this.#shareChanged(lastOf(wanted), lastOf(path)))
  }

  #shareChanged(one: string, other: string): number {
    const longest = Math.max(one.length, other.length)
    if (Math.abs(one.length - other.length) > longest * MOST_CHANGED) return 1
    return longest === 0 ? 0 : this.#distance(one, other) / longest
  }
}

/** Combines the changes of a whole path and of its last name. */
const changeOf = (whole: number, last: number) => Math.min(whole, OTHER_FOLDER + last + whole / 10)

const PAIRS = 1 << 12

/** The pairs of adjacent characters of a text, which begins and ends with a pair of its own. */
class Pairs {
  readonly #has = new Uint8Array(PAIRS)
  readonly #count: number

  constructor(text: string) {
    eachPair(text, 0, (pair) => {
      this.#has[pair] = 1
    })
    this.#count = text.length + 1
  }

  /** Returns the share of the pairs of both that the end of another text, from `start`, has in common. */
  sharedWith(text: string, start: number): number {
    let shared = 0
    eachPair(text, start, (pair) => {
      shared += this.#has[pair] as number
    })
    return (2 * Math.min(shared, this.#count)) / (this.#count + text.length - start + 1)
  }
}

function eachPair(text: string, start: number, visit: (pair: number) => void): void {
  let before = 0
  for (let at = start; at <= text.length; at++) {
    const code = at === text.length ? 0 : text.charCodeAt(at)
    visit(((before * 31) ^ code) % PAIRS)
    before = code
  }
}

const plain = (path: string) => path.toLowerCase().replace(/\/$/, '')

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
