const vowel = '[aeiouy]'
const hasVowel = new RegExp(vowel)
const doubled = /([^aeioulsz])\1$/
const shortSyllable = /^[^aeiou]*[aeiouy][^aeiouwxy]$/
/** Matches a stem of at least one (or two) vowel-consonant sequences, Porter's measure. */
const measure1 = /^[^aeiou]*[aeiouy]+[^aeiou]/
const measure2 = /^[^aeiou]*[aeiouy]+[^aeiou]+[aeiouy]+[^aeiou]/

const DERIVATIONS: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['ization', 'ize'],
  ['isation', 'ize'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['entli', 'ent'],
  ['ousli', 'ous'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['izer', 'ize'],
  ['iser', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['alise', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
]

const ENDINGS = /(?:ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|ise|al|er|or|ic|(?<=[st])ion)$/

/** Returns the stem that the inflections of a lower-case English word share, after Porter. */
export function stem(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word
  return withoutFinalE(withoutEnding(derived(withFinalI(withoutInflection(withoutPlural(word))))))
}

function withoutPlural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2)
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  if (word.endsWith('s') && !/[su]s$|is$/.test(word)) return word.slice(0, -1)
  return word
}

function withoutInflection(word: string): string {
  if (word.endsWith('eed')) return measure1.test(word.slice(0, -3)) ? word.slice(0, -1) : word
  const found = /(?:ed|ing)$/.exec(word)
  if (found === null) return word
  const base = word.slice(0, found.index)
  if (base.length < 2 || !hasVowel.test(base)) return word
  if (/(?:at|bl|iz)$/.test(base)) return `${base}e`
  if (doubled.test(base)) return base.slice(0, -1)
  return shortSyllable.test(base) ? `${base}e` : base
}

function withFinalI(word: string): string {
  return word.endsWith('y') && word.length > 2 && hasVowel.test(word.slice(0, -1)) ? `${word.slice(0, -1)}i` : word
}

function derived(word: string): string {
  for (const [ending, replacement] of DERIVATIONS) {
    if (!word.endsWith(ending)) continue
    const base = word.slice(0, -ending.length)
    return measure1.test(base) ? base + replacement : word
  }
  return word
}

/**
 * A `parser` does what `parse` says. In code, agent and action belong together, so a shorter stem than Porter's will
 * do.
 */
const DOER = /^(.{4,})(?:er|or)$/

function withoutEnding(word: string): string {
  const deed = DOER.exec(word)?.[1]
  if (deed !== undefined && measure1.test(deed)) return deed
  const found = ENDINGS.exec(word)
  if (found === null) return word
  const base = word.slice(0, found.index)
  return measure2.test(base) ? base : word
}

function withoutFinalE(word: string): string {
  if (!word.endsWith('e')) return word.endsWith('ll') && measure2.test(word.slice(0, -1)) ? word.slice(0, -1) : word
  const base = word.slice(0, -1)
  return measure2.test(base) || (measure1.test(base) && !shortSyllable.test(base)) ? base : word
}
