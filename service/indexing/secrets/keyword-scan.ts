/** Where keywords are in a text, found in one pass over it however many there are. */
export interface KeywordScan {
  /** Calls `hit` with each place of each keyword. */
  scan(text: string, hit: Hit): void
}

/** Hears of a keyword by its number in the list, and where it begins. */
type Hit = (keyword: number, start: number) => void

const OTHER = 0
const CODES = 128

/**
 * An automaton (Aho-Corasick) over ASCII. Letters count as the same in either case, but where a keyword has a capital it
 * is found as it is written only.
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

/** The class of each ASCII code: characters that no keyword has are one, the two cases of a letter are one. */
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

/** Gives each state the edges and ends of the longest other state that its text ends with. */
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
