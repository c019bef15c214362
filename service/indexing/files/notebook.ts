import { parseJson } from '../../json.ts'

export const isNotebook = (path: string) => /\.ipynb$/i.test(path)

const LONGEST_TEXT = 2000
const SHOWN_OF_IT = 40

/**
 * The JSON of a notebook without the pictures and pages that its cells have put out. One that is all in one line is laid
 * out in lines, and so is the code of a cell that is one text; all else stays on its line.
 */
export function readableNotebook(json: string): string {
  const parts: string[] = []
  let kept = 0
  for (let at = json.indexOf('"'); at >= 0; at = json.indexOf('"', at)) {
    const end = endOfText(json, at + 1)
    if (end - at > LONGEST_TEXT && !isSource(json, at)) {
      const shown = at + 1 + SHOWN_OF_IT
      parts.push(json.slice(kept, shown).replace(/\\+$/, ''), `… ${end - shown} characters left out`)
      kept = end
    }
    at = end + 1
  }
  return inLines(parts.join('') + json.slice(kept))
}

/** Returns the index of a JSON string's closing quote, or the end of the text. */
function endOfText(json: string, from: number): number {
  for (let end = json.indexOf('"', from); end >= 0; end = json.indexOf('"', end + 1)) {
    let backslashes = 0
    while (json[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end
  }
  return json.length
}

const isSource = (json: string, at: number) => /"source"\s*:\s*$/.test(json.slice(Math.max(0, at - 40), at))

/** Deeper than any notebook. Indentation adds up to this number of characters to each value. */
const DEEPEST = 16

function inLines(json: string): string {
  if (json.trimEnd().includes('\n')) return withSourceInLines(json)
  if (isDeeperThan(DEEPEST, json)) return json
  const notebook = parseJson(json)
  // If it is cut, it is not valid JSON, and stays in one line.
  return notebook === undefined ? json : withSourceInLines(JSON.stringify(notebook, null, 1))
}

/** Whether brackets outside texts are nested deeper. */
function isDeeperThan(most: number, json: string): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const sign = json[at]
    if (sign === '"') at = endOfText(json, at + 1)
    else if (sign === '[' || sign === '{') depth++
    else if (sign === ']' || sign === '}') depth--
    if (depth > most) return true
  }
  return false
}

const SOURCE_IN_ONE = /("source"\s*:\s*)("(?:[^"\\]|\\.)*")/g

function withSourceInLines(json: string): string {
  return json.replace(SOURCE_IN_ONE, (whole, name: string, quoted: string) => {
    const text = quoted.includes('\\n') ? parseJson(quoted) : undefined
    if (typeof text !== 'string') return whole
    const lines = text.match(/.*\n|.+$/g) ?? []
    return `${name}[\n${lines.map((line) => `    ${JSON.stringify(line)}`).join(',\n')}\n   ]`
  })
}
