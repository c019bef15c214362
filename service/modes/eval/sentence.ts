const FILLERS = new Set(['a', 'an', 'the', 'of', 'to', 'is', 'this', 'that', 'for', 'in', 'and', 'function', 'method'])
const FEWEST_WORDS = 4
const MOST_WORDS = 40
const TELLS_NOTHING = /^(?:see\b|todo|@|same as|\{|deprecated|copyright|inherit)/i

/** Returns the first sentence of a doc comment, if it says more than the name. */
export function questionOf(comment: string, name: string): string | undefined {
  const text = plain(comment)
  const first = /^(.+?[.!?])(?:\s|$)/.exec(text)?.[1] ?? text
  const last = name.split('.').at(-1) ?? name
  const begins = first.toLowerCase().startsWith(`${last.toLowerCase()} `)
  const sentence = first
    .slice(begins ? last.length : 0)
    .replace(/[.\s]+$/, '')
    .trim()
  const words = sentence.match(/\p{L}[\p{L}\d'-]*/gu) ?? []
  if (words.length < FEWEST_WORDS || words.length > MOST_WORDS || TELLS_NOTHING.test(sentence)) return undefined
  const inName = new Set(partsOf(name))
  const said = words.map((word) => word.toLowerCase()).filter((word) => !FILLERS.has(word) && !inName.has(word))
  return said.length === 0 ? undefined : sentence
}

/** Removes links, tags and code markers. */
function plain(comment: string): string {
  return comment
    .replace(
      /\{@(?:link|linkplain|code|literal|value)\s+([^}]*)\}/g,
      (_, inner: string) => inner.split('#').at(-1) ?? '',
    )
    .replace(/:\w+:`~?([^`]+)`/g, '$1')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\[`?([^\]`]+)`?\](?:\([^)]*\))?/g, '$1')
    .replace(/`|\*\*/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

function partsOf(name: string): string[] {
  return name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g)?.map((part) => part.toLowerCase()) ?? []
}
