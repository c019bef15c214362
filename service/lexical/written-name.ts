/** `(*Char)` of Go */
const RECEIVER = /(?<=^|\.)\(\s*[*&]*\s*([\p{L}\p{N}_.:]+)(?:\[[^\]]*\])?\s*\)(?=\.)/gu
/** `(c *Char) splice` of Go */
const DECLARED_FOR = /^\(\s*[\p{L}\p{N}_]+\s+\*?([\p{L}\p{N}_]+)(?:\[[^\]]*\])?\s*\)\s*(?=[\p{L}_])/u
/** `<Vec<T> as Display>` of Rust */
const AS_TRAIT = /<\s*([\p{L}\p{N}_:]+)(?:<[^<>]*>)?\s+as\s+(?:[^<>]|<[^<>]*>)*>(?=::)/gu
const ARGUMENTS = /(?<=[\p{L}\p{N}_])(?:::)?<[^<>]*>/gu
/** `-[Shape moveTo:animated:]` of Objective-C */
const MESSAGE = /^[-+]\[([\p{L}\p{N}_]+)(?:\([^)]*\))?\s+([\p{L}\p{N}_]+)[\p{L}\p{N}_:]*\]$/u
const SELECTOR = /^([\p{L}\p{N}_]+):(?:[\p{L}\p{N}_]+:)*$/u
/** `get_user!/1` of Erlang and Elixir */
const ARITY = /(?<=[\p{L}\p{N}_!?])\/\d+$/u
/** `Outer$Inner` of the JVM */
const NESTED = /(?<=^|\.)(\p{Lu}[\p{L}\p{N}_]*)\$(?=\p{Lu})/gu
const SIGNS_BEFORE = /^(?:#'|\$(?:self|this)->|[&`'"@*?\s]|<(?=\p{L}))+/u
const SIGNS_AFTER = /[`'"\s;/>]+$/u
const WORDS_BEFORE =
  /^(?:(?:async|await|abstract|class|const|def|default|defp|enum|export|final|fn|fun|func|function|interface|let|method|mod|module|namespace|new|package|private|protected|pub|public|record|return|static|struct|trait|type|val|var|void)\s+)+(?=\S)/u

/**
 * Removes a language's notation around a name: `func (*Char).splice` becomes `Char.splice`, `get_user!/1` becomes
 * `get_user!`.
 */
export function plainlyWritten(written: string): string {
  const [, owner, selector] = MESSAGE.exec(written.trim()) ?? []
  if (owner !== undefined) return `${owner}.${selector}`
  const name = written.replace(AS_TRAIT, '$1').replace(SIGNS_BEFORE, '').replace(WORDS_BEFORE, '')
  const plain = name.replace(DECLARED_FOR, '$1.').replace(RECEIVER, '$1').replace(/\(.*$/s, '')
  if (plain.includes('operator')) return plain
  return withoutArguments(plain)
    .replace(SIGNS_AFTER, '')
    .replace(ARITY, '')
    .replace(SELECTOR, '$1')
    .replace(NESTED, '$1.')
}

function withoutArguments(name: string): string {
  const shorter = name.replace(ARGUMENTS, '')
  return shorter === name ? name : withoutArguments(shorter)
}

const BETWEEN = /\?\.|\.|::|:|#|->|\\|\/|\s+/
/** Owners that mean the enclosing object, whatever it is. */
export const SELF: ReadonlySet<string> = new Set(['self', 'this', 'cls', 'super', 'Self', 'Companion'])
/** Those, and owners that all names share. */
const NO_OWNERS: ReadonlySet<string> = new Set([...SELF, 'crate', 'prototype'])

/** `<=>`, `Vec#[]=`, `Shop.<~>/2`, `Base.:(==)`, `(>>=)` */
const OPERATOR =
  /^\s*(?:(.*[\p{L}\p{N}_])(?:\.|::|#|->|\/(?!>)):?)?\(?\s*([^\p{L}\p{N}_\s"'`,;(){}.]{1,20})\s*\)?(?:\/\d+)?\s*$/u
/** `OrderBook::$size` of PHP */
export const PROPERTY = /::\$(?=[\p{L}_])/gu

/** `Vec::operator==`, `operator ()(int)`, `Vec.operator []=` */
const KEYWORD =
  /^\s*(?:(.*[\p{L}\p{N}_>])\s*(?:\.|::))?operator\s*(\(\)|\[\]=?|[^\p{L}\p{N}_\s"'`,;(){}[\].]{1,3})\s*(?:\(.*)?$/u

/** `Purse::operator bool() const` */
const CONVERSION = /^\s*(?:(.*[\p{L}\p{N}_>])\s*::\s*)operator\s+(?=[\p{L}_])([\p{L}\p{N}_:*& ]+?)\s*(?:\(.*)?$/u

/** Returns the owners and the name of an operator, or undefined if a name is none. */
export function operatorIn(written: string): readonly string[] | undefined {
  const [, type, keyed] = KEYWORD.exec(written) ?? []
  if (keyed !== undefined) return [...(type === undefined ? [] : partsOfName(type)), `operator${keyed}`]
  const [, converted, target] = CONVERSION.exec(written) ?? []
  if (converted !== undefined) return [...partsOfName(converted), `operator ${target}`]
  const [, owner, signs] = OPERATOR.exec(written) ?? []
  if (signs === undefined) return undefined
  return [...(owner === undefined ? [] : partsOfName(owner)), signs]
}

/** Splits a name into its owners and itself, outermost first: `std::vec::Vec` gives `std`, `vec`, `Vec`. */
export function partsOfName(written: string): string[] {
  const operator = operatorIn(written)
  if (operator !== undefined) return [...operator]
  const parts = plainlyWritten(written.replace(PROPERTY, '::'))
    .split(BETWEEN)
    .filter((part) => /[\p{L}\p{N}]/u.test(part))
  const own = parts.filter((part, at) => at === parts.length - 1 || !NO_OWNERS.has(part))
  return own.length > 0 ? own : [written]
}
