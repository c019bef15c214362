const MACRO_LINE = /^[ \t]*[A-Z][A-Z\d_]{2,}[ \t]*(?<arguments>\([^\n;{}]*\))?[ \t]*$/gm
/** What may precede a declaration: an end, an access specifier, the arguments of another macro. */
const ENDED = /[;{}:)]$/
const DIRECTIVE_OR_COMMENT = /^\s*(?:#|\/\/|\/?\*)/
const ONLY_MACRO = /^\s*[A-Z][A-Z\d_]{2,}\s*(?:\([^;{}]*\))?$/
const QT =
  /\bQ_(?:INVOKABLE|SLOT|SIGNAL|SCRIPTABLE|REVISION)\b|\b(?:public|private|protected)[ \t]+(?:slots|Q_SLOTS)(?=[ \t]*:)|^[ \t]*(?:signals|Q_SIGNALS)(?=[ \t]*:[ \t]*$)/gm

/** `static int __init shop_init(void)` */
const ATTRIBUTE =
  /(?<=^[A-Za-z_][\w \t*]{0,200}[ \t*])__(?!attribute|declspec|extension|asm|typeof)[a-z]\w*(?=[ \t*]+[\w \t*]{0,200}\w[ \t]*\()/gm
/** `class SHOP_API Cart : public Base {` */
const EXPORT =
  /(?<=\b(?:class|struct|union|enum)[ \t]+)[A-Z][A-Z\d_]*(?:\([^\n()]*\))?(?=[ \t]+(?:\w+::)*\w+(?:<[^\n{};]{0,200}>)?[ \t\n]*(?:final[ \t\n]*)?[:{])/g

/**
 * Blanks macros in C and C++ that a parser would take for part of what follows: macros on a line of their own without a
 * semicolon, such as `UFUNCTION(Exec)`, and macros before the name of a type or of a function. Lines and columns stay
 * the same.
 */
export function withoutMacros(text: string): string {
  const plain = text.replace(MACRO_LINE, (line, ...more) => {
    const [at, , { arguments: given }] = more.slice(-3) as [number, string, { arguments?: string }]
    return standsAlone(text, at, at + line.length, given !== undefined) ? ' '.repeat(line.length) : line
  })
  const named = plain.replace(EXPORT, blank).replace(ATTRIBUTE, blank)
  return /Q_|slots|signals/.test(named) ? named.replace(QT, withoutQt) : named
}

const blank = (macro: string) => ' '.repeat(macro.length)

/** To a compiler, the markers that moc reads are access specifiers, or nothing where they mark a member. */
const withoutQt = (text: string) =>
  (text.startsWith('Q_') && !text.endsWith('SIGNALS')
    ? ''
    : (/^(?:private|protected)/.exec(text)?.[0] ?? 'public')
  ).padEnd(text.length)

function standsAlone(text: string, from: number, to: number, hasArguments: boolean): boolean {
  const after = nextLine(text, to)
  if (/^\s*[{,.;=(?+|&<]/.test(after) || (!hasArguments && /^\s*\w+\s*\(/.test(after))) return false
  const before = lineBefore(text, from)
  if (before.endsWith('{') && /^\s*\}/.test(after)) return false
  return before === '' || ENDED.test(before) || DIRECTIVE_OR_COMMENT.test(before) || ONLY_MACRO.test(before)
}

const LONGEST = 200

function nextLine(text: string, from: number): string {
  let start = from
  while (start < text.length && /\s/.test(text.charAt(start))) start++
  const end = text.indexOf('\n', start)
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + LONGEST))
}

function lineBefore(text: string, from: number): string {
  let end = from
  while (end > 0 && /\s/.test(text.charAt(end - 1))) end--
  const start = Math.max(text.lastIndexOf('\n', end - 1) + 1, end - LONGEST)
  return end === 0 ? '' : text.slice(start, end)
}
