import { hash } from 'node:crypto'
import { findSecrets, type Secret } from './find-secrets.ts'
import { NOTHING_SHOWN, type ShownHere, showsFile } from './shown-here.ts'

export interface MaskedText {
  /** Text with masked secrets and the same number of lines. */
  readonly text: string
  /** Number of secrets, by kind. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * Masks the secrets in a file's text. Returns undefined if there are none, and `too_many` if too much of it looks like
 * secrets.
 */
export function maskedText(
  text: string,
  path: string,
  shown: ShownHere = NOTHING_SHOWN,
): MaskedText | 'too_many' | undefined {
  if (shown.everything) return undefined
  const found = findSecrets(text, path)
  if (found === undefined) return showsFile(path, shown) ? undefined : 'too_many'
  if (found.length === 0 || showsFile(path, shown)) return undefined
  const secrets = found.filter((secret) => !shown.fingerprints.includes(fingerprintOf(text, secret)))
  return secrets.length === 0 ? undefined : masked(text, secrets)
}

const fingerprintOf = (text: string, { start, end }: Secret) => hash('sha256', text.slice(start, end))

function masked(text: string, secrets: readonly Secret[]): MaskedText {
  const counts: Record<string, number> = {}
  const parts: string[] = []
  let at = 0
  for (const { kind, start, end, isFurtherLine } of secrets) {
    parts.push(text.slice(at, start), text.slice(start, end).replace(/[^\r\n]+/g, `[masked: ${kind}]`))
    at = end
    if (!isFurtherLine) counts[kind] = (counts[kind] ?? 0) + 1
  }
  parts.push(text.slice(at))
  return { text: parts.join(''), counts }
}
