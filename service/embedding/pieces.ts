const LONGEST_PLAIN_WORD = 16
const MAX_PIECES = 32
const SPECIAL_TOKENS = 2
const NINE = '9'.charCodeAt(0)
const PARTS = /[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9]/g

/**
 * About how many tokens a text has: measured against BERT's vocabulary on code, between 0.8 and 1.2 of it. Words that are
 * no words (base64, minified names) and digits take about two characters a token.
 */
export function estimateTokens(text: string): number {
  let tokens = SPECIAL_TOKENS
  for (const part of text.match(PARTS) ?? []) {
    const isPlainWord = part.length <= LONGEST_PLAIN_WORD && part.charCodeAt(0) > NINE
    tokens += Math.ceil(part.length / (isPlainWord ? 4 : 2))
  }
  return tokens
}

/**
 * Pieces of a text that are likely to fit; of a huge one only the first. Long words make Ollama's tokeniser slow (seconds
 * for 4,000 characters without a space), so texts are cut before they are sent.
 */
export function piecesOf(text: string, maxTokens: number): string[] {
  const pieces: string[] = []
  const rest = [text]
  for (let next = rest.pop(); next !== undefined && pieces.length < MAX_PIECES; next = rest.pop()) {
    if (next.length < 2 || estimateTokens(next) <= maxTokens) pieces.push(next)
    else rest.push(...halvesOf(next).reverse())
  }
  return pieces
}

/** Two halves of a text of two characters or more, cut at the end of a line or word where one is near the middle. */
export function halvesOf(text: string): [string, string] {
  const middle = Math.ceil(text.length / 2)
  const cut = [text.lastIndexOf('\n', middle) + 1, text.lastIndexOf(' ', middle) + 1].find(
    (place) => place > middle / 2 && place < text.length,
  )
  const at = cut ?? (isLowSurrogate(text.charCodeAt(middle)) ? middle - 1 || middle + 1 : middle)
  return [text.slice(0, at), text.slice(at)]
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff
