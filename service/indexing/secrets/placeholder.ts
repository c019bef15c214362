import { RE2JS } from 're2js'
import gitleaks from './gitleaks.json' with { type: 'json' }
import type { SecretRule } from './rules.ts'

// Words that nobody has in a secret by chance, and what keyboards and alphabets have in a row.
const STANDS_FOR =
  /example|placeholder|changeme|change[-_]me|your[-_]|insert[-_]|replace[-_]|redacted|masked|dummy|x{5}|0{8}|\*{3}|\.{3}|1234567|abcdefg|abcd1234|deadbeef/i
const VARIABLE = /^[$%]|\$\{|\$\(|\{\{|<%|^<.*>$|^%\(|^\{.*\}$/
const FILLERS = new Set(['my', 'the', 'a', 'some', 'super'])
const PASSWORDS = new Set(
  'opensesame pass passwd password passw0rd passphrase pw pwd psw secret token key user username name login admin root guest test tests testing tester foo bar baz qux spam eggs ham abc xyz xxx yyy zzz any anything changeit default local localhost dev demo sample postgres postgresql mysql mariadb mongo mongodb redis rabbitmq guest git oauth2 x-oauth-basic x-oauth-token x-token-auth apikey api_key api-key value something credentials none null undefined port'.split(
    ' ',
  ),
)
const FOR_DOCUMENTATION = /(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid)(?:[.:]|$)/i

const ALLOWED = gitleaks.allowed.map((regex) => RE2JS.compile(regex))

/** Whether a match only stands for a secret: an example, a variable, a word. */
export function isPlaceholder(secret: string, rule: SecretRule, host = ''): boolean {
  if (STANDS_FOR.test(secret) || VARIABLE.test(secret)) return true
  if (gitleaks.stopwords.some((word) => secret.toLowerCase().includes(word))) return true
  if (rule.isPassword) return isWord(secret) || (FOR_DOCUMENTATION.test(host) && !isStrong(secret))
  if (rule.isByContext && !/\d/.test(secret)) return true
  if (entropyOf(secret) < rule.entropy) return true
  return [...rule.allowed, ...ALLOWED].some((allowed) => allowed.matcher(secret).find())
}

/** A word for a password, however it is written: `Password1`, `my_secret`, `p%40ssword`. */
function isWord(secret: string): boolean {
  const words = unescaped(secret)
    .toLowerCase()
    .split(/[^a-z]+/)
  const meant = words.filter((word) => word !== '' && !FILLERS.has(word))
  return (
    meant.every((word) => PASSWORDS.has(word) || /^(.)\1*$/.test(word)) || /^p?a?s*w?o?r?d?s?$/.test(words.join(''))
  )
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

function isStrong(secret: string): boolean {
  return secret.length >= 8 && /\d/.test(secret) && /[a-z]/i.test(secret)
}

/** Bits a character, by how often each is there. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
