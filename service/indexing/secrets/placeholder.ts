import { RE2JS } from 're2js'
import gitleaks from './gitleaks.json' with { type: 'json' }
import type { SecretRule } from './rules.ts'

// Words that do not occur in a secret by chance, and sequences of keyboards and alphabets.
const STANDS_FOR =
  /example|placeholder|changeme|change[-_]me|your(?:[-_]|api|own|key|token|secret|pass)|insert[-_]|replace[-_]|redacted|masked|dummy|x{5}|0{8}|\*{3}|\.{3}|123456|abcdefg|abcd1234|deadbeef|eyJzdWIiOiIxMjM0NTY3ODkw/i
const VARIABLE = /^[$%]|\$\{|\$\(|\{\{|<%|^<.*>$|^%\(|^\{.*\}$/
/** Placeholders for passwords, and default and test users. */
const PASSWORDS = new Set(
  [
    'pass passwd password passw passphrase open sesame opensesame pw pwd psw secret token key apikey credentials value something',
    'user username name login admin root guest x oauth auth basic api me my the some super any anything none null undefined',
    'test tests testing tester dev demo sample foo bar baz qux spam eggs ham default local localhost port',
    'postgres postgresql mysql mariadb mongo mongodb redis rabbitmq git changeit',
  ].flatMap((line) => line.split(' ')),
)
const PASSWORD_ODDLY = /^(?=.{6})p?a?s{1,3}w?o?r?d?s?$/
const FOR_DOCUMENTATION = /(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid)(?:[.:]|$)/i

const ALLOWED = gitleaks.allowed.map((regex) => RE2JS.compile(regex))

/** Whether a match is only a placeholder: an example, a variable, a word, or the user's own name as the password. */
export function isPlaceholder(secret: string, rule: SecretRule, user?: string, host = ''): boolean {
  if (STANDS_FOR.test(secret) || VARIABLE.test(secret)) return true
  if (gitleaks.stopwords.some((word) => secret.toLowerCase().includes(word))) return true
  if (rule.isBasic) return !isLogin(secret)
  if ((rule.isStrong || rule.isRandom) && !isStrong(secret)) return true
  if (rule.isRandom && LIKE_A_WORD.test(secret)) return true
  if (rule.isPassword) return secret === user || isWord(secret) || (FOR_DOCUMENTATION.test(host) && !isStrong(secret))
  if (rule.isByContext && !/\d/.test(secret)) return true
  if (entropyOf(secret) < rule.entropy) return true
  return [...rule.allowed, ...ALLOWED].some((allowed) => allowed.matcher(secret).find())
}

const LOGIN = /^([\x20-\x39\x3b-\x7e]*):([\x20-\x7e]+)$/

/** Whether Base64 contains a user and a password that is not a placeholder. */
function isLogin(base64: string): boolean {
  const [, user, password = ''] = LOGIN.exec(Buffer.from(base64, 'base64').toString('latin1')) ?? []
  return password !== '' && password !== user && !STANDS_FOR.test(password) && !isWord(password)
}

/** Whether it is a word for a password in any spelling: `Password1`, `my_secret`, `p%40ssword`, `xxx`, `1234`. */
function isWord(secret: string): boolean {
  const plain = unescaped(secret).toLowerCase()
  const words = plain.split(/[^a-z]+/).filter((word) => word !== '')
  if (words.length === 0) return plain.length < 6
  const others = words.filter((word) => !PASSWORDS.has(word) && !/^(.)\1{2,}$/.test(word))
  return others.length === 0 || PASSWORD_ODDLY.test(others.join(''))
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

function isStrong(secret: string): boolean {
  return secret.length >= 8 && /\d/.test(secret) && /[a-z]/i.test(secret)
}

/** As many letters of one case as words have, or something that code refers to by name. */
const LIKE_A_WORD = /[a-z]{5}|[A-Z]{5}|^[\w-]+(?:[.:]{1,2}[\w-]+)+$/

/** Returns the entropy, in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}
