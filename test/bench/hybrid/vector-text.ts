import { seededRandom } from '../random.ts'

const PIECES = 12
const CHOICES = 256

/**
 * Returns a function that maps a text to a unit vector as JSON, always the same one. Joins pieces printed in advance,
 * so that a server that answers at once does not spend its time on printing numbers.
 */
export function makeVectorText(dimensions: number): (text: string) => string {
  const pieces = piecesOf(dimensions / PIECES)
  return (text) => {
    let hash = hashOf(text)
    const chosen = Array.from({ length: PIECES }, (_, at) => {
      hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d + 2 * at) >>> 0
      return pieces[(hash >>> 8) % CHOICES]
    })
    return `[${chosen.join(',')}]`
  }
}

/** Returns lists of numbers whose squares add up to 1 / PIECES. */
function piecesOf(length: number): string[] {
  const random = seededRandom(1)
  return Array.from({ length: CHOICES }, () => {
    const numbers = Array.from({ length }, () => random() + random() + random() - 1.5)
    const norm = Math.hypot(...numbers) * Math.sqrt(PIECES)
    return numbers.map((number) => (number / norm).toPrecision(8)).join(',')
  })
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash
}
