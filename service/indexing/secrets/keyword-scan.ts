/** Finds all keywords in a text in one pass. */
export interface KeywordScan {
  /** Calls `hit` with each occurrence of each keyword. */
  scan(text: string, hit: Hit): void
}

/** Receives the index of a keyword in the list, and where it begins. */
type Hit = (keyword: number, start: number) => void

const OTHER = 0
const CODES = 128

/**
 * Builds an Aho-Corasick automaton over ASCII. It ignores case, except for keywords with a capital, which it finds only
 * as written.
 */
export function scanFor(keywords: readonly string[]): KeywordScan {
  const classes = classesOf(keywords)
  const width = Math.max(...classes) + 1
  const { next, ends } = automaton(keywords, classes, width)
  const isEnd = Uint8Array.from(ends, (numbers) => (numbers === undefined ? 0 : 1))
  const isExact = keywords.map((keyword) => keyword !== keyword.toLowerCase())
  const tell = (text: string, state: number, end: number, hit: Hit) => {
    for (const number of ends[state] as number[]) {
      const keyword = keywords[number] as string
      const start = end - keyword.length
      if (!isExact[number] || text.startsWith(keyword, start)) hit(number, start)
    }
  }
  return {
    scan(text, hit) {
      let state = 0
      for (let at = 0; at < text.length; at++) {
        const code = text.charCodeAt(at)
        state = next[state * width + (code < CODES ? (classes[code] as number) : OTHER)] as number
        if (isEnd[state] === 1) tell(text, state, at + 1, hit)
      }
    },
  }
}

/**
 * Returns the class of each ASCII code. Both cases of a letter share a class, and so do all characters outside the
 * keywords.
 */
function classesOf(keywords: readonly string[]): Uint8Array {
  const classes = new Uint8Array(CODES)
  const characters = new Set(keywords.join('').toLowerCase())
  for (const [at, character] of [...characters].entries()) {
    classes[character.charCodeAt(0)] = at + 1
    classes[character.toUpperCase().charCodeAt(0)] = at + 1
  }
  return classes
}

function automaton(keywords: readonly string[], classes: Uint8Array, width: number) {
  const most = keywords.reduce((sum, keyword) => sum + keyword.length, 1)
  const next = new Uint16Array(most * width)
  const ends: (number[] | undefined)[] = Array.from({ length: most }, () => undefined)
  let states = 1
  for (const [number, keyword] of keywords.entries()) {
    let state = 0
    for (const character of keyword) {
      const edge = state * width + (classes[character.charCodeAt(0)] as number)
      if (next[edge] === 0) next[edge] = states++
      state = next[edge] as number
    }
    ends[state] = [...(ends[state] ?? []), number]
  }
  closeOver(next, ends, width)
  return { next, ends }
}

/** Adds to each state the edges and ends of the longest other state that is a suffix of it. */
function closeOver(next: Uint16Array, ends: (number[] | undefined)[], width: number): void {
  const shorter = new Uint16Array(ends.length)
  const queue = [...next.subarray(0, width)].filter((state) => state !== 0)
  for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
    const fallback = shorter[state] as number
    if (ends[fallback] !== undefined) ends[state] = [...(ends[state] ?? []), ...ends[fallback]]
    for (let each = 0; each < width; each++) {
      const edge = state * width + each
      const other = next[fallback * width + each] as number
      if (next[edge] === 0) {
        next[edge] = other
        continue
      }
      shorter[next[edge] as number] = other
      queue.push(next[edge] as number)
    }
  }
}
