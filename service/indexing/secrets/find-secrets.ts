import { scanFor } from './keyword-scan.ts'
import { isPlaceholder } from './placeholder.ts'
import { PRIVATE_KEY, privateKeyAt } from './private-key.ts'
import { RULES, type SecretRule } from './rules.ts'

/** A part of a text that is a secret. */
export interface Secret {
  readonly kind: string
  readonly start: number
  readonly end: number
  /** Whether it continues the previous secret on another line. */
  readonly isFurtherLine?: boolean
}

const KEYWORDS = [PRIVATE_KEY, ...new Set(RULES.flatMap(({ keywords }) => keywords))]
const RULES_OF = KEYWORDS.map((keyword) => RULES.filter(({ keywords }) => keywords.includes(keyword)))
const SCAN = scanFor(KEYWORDS)

/** How much of a text with very many keywords is examined, in characters and as a multiple of its length. */
const MOST_CHARACTERS = 1_000_000
const MOST_TIMES = 4

/**
 * Returns the secrets in a file's text, in order and without overlaps. Returns undefined if too many places would have
 * to be examined.
 */
export function findSecrets(text: string, path: string): Secret[] | undefined {
  const places = new Map<SecretRule, number[]>()
  const found: Secret[] = []
  SCAN.scan(text, (keyword, start) => {
    if (keyword === 0) found.push(...privateKey(text, start))
    for (const rule of RULES_OF[keyword] as SecretRule[]) {
      const known = places.get(rule)
      if (known === undefined) places.set(rule, [start])
      else known.push(start)
    }
  })
  const looked = { left: MOST_CHARACTERS + MOST_TIMES * text.length }
  for (const [rule, starts] of places) {
    if (!rule.appliesTo(path)) continue
    for (const window of windowsAround(starts, rule, text.length)) {
      for (const secret of findIn(text, rule, window, looked)) found.push(secret)
      if (looked.left < 0) return undefined
    }
  }
  return withoutOverlaps(found)
}

function privateKey(text: string, at: number): Secret[] {
  return privateKeyAt(text, at).map((line, number) => ({ kind: 'private-key', ...line, isFurtherLine: number > 0 }))
}

interface Window {
  start: number
  end: number
}

/** A secret may begin before its keyword. */
const BEFORE = 128

function windowsAround(starts: readonly number[], { reach }: SecretRule, length: number): Window[] {
  const windows: Window[] = []
  for (const at of starts.toSorted((one, other) => one - other)) {
    const start = Math.max(0, at - Math.max(BEFORE, reach > 1024 ? reach : 0))
    const end = Math.min(length, at + reach)
    const last = windows.at(-1)
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
    else windows.push({ start, end })
  }
  return windows
}

/** A match at the edge of a window may continue outside, so the window grows. */
function* findIn(text: string, rule: SecretRule, { start, end }: Window, looked: { left: number }): Generator<Secret> {
  looked.left -= end - start
  const part = text.slice(start, end)
  const matcher = rule.pattern.matcher(part)
  while (matcher.find()) {
    const touches = (matcher.start() === 0 && start > 0) || (matcher.end() === part.length && end < text.length)
    if (touches && looked.left > 0) {
      const wider = { start: Math.max(0, start - (end - start)), end: Math.min(text.length, end + (end - start)) }
      yield* findIn(text, rule, wider, looked)
      return
    }
    const group = secretGroup(rule, matcher)
    const secret = matcher.group(group) as string
    const at = start + matcher.start(group)
    const [user, host] = rule.userAndHost?.map((each) => matcher.group(each) ?? '') ?? []
    if (isPlaceholder(secret, rule, user, host)) continue
    const secretEnd = at + secret.length
    yield { kind: rule.kind, start: at, end: rule.isPassword ? secretEnd : endOfWord(text, secretEnd) }
  }
}

function secretGroup(rule: SecretRule, matcher: ReturnType<SecretRule['pattern']['matcher']>): number {
  if (rule.secretGroup !== undefined) return rule.secretGroup
  for (let group = 1; group <= matcher.groupCount(); group++) if (matcher.group(group)) return group
  return 0
}

const WORD = /\w{0,200}/y

/** A rule may know only shorter secrets. */
function endOfWord(text: string, end: number): number {
  WORD.lastIndex = end
  return end + (WORD.exec(text)?.[0].length ?? 0)
}

/** Merges overlapping secrets into one with the kind of the first. */
function withoutOverlaps(found: readonly Secret[]): Secret[] {
  const merged: Secret[] = []
  for (const secret of found.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = merged.at(-1)
    if (last === undefined || secret.start >= last.end) merged.push(secret)
    else if (secret.end > last.end) merged[merged.length - 1] = { ...last, end: secret.end }
  }
  return merged
}
