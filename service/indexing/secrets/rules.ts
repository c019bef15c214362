import { hash } from 'node:crypto'
import { RE2JS } from 're2js'
import gitleaks from './gitleaks.json' with { type: 'json' }
import { OWN_RULES, type RuleText } from './own-rules.ts'
import { TOKEN_FORMATS } from './token-formats.ts'

export interface SecretRule {
  readonly kind: string
  readonly keywords: readonly string[]
  readonly reach: number
  readonly appliesTo: (path: string) => boolean
  readonly pattern: RE2JS
  readonly secretGroup: number | undefined
  readonly userAndHost: readonly [number, number] | undefined
  readonly entropy: number
  readonly isPassword: boolean
  /** Whether the secret must hold letters and digits. */
  readonly isStrong: boolean
  /** Whether the secret must be made of short runs of letters and of digits. */
  readonly isRandom: boolean
  /** Whether the secret is a user and password in Base64. */
  readonly isBasic: boolean
  /** Whether only the words beside it mark the secret. */
  readonly isByContext: boolean
  readonly allowed: readonly RE2JS[]
}

/** Rules with too many false matches, or for what is not secret: identifiers and public keys. */
const LEFT_OUT = new Set(
  [
    'generic-api-key curl-auth-header curl-auth-user kubernetes-secret-yaml pkcs12-file',
    'adobe-client-id alibaba-access-key-id asana-client-id bitbucket-client-id discord-client-id flutterwave-public-key',
    'linkedin-client-id lob-api-key lob-pub-api-key looker-client-id mailgun-pub-key messagebird-client-id',
    'plaid-client-id sendbird-access-id sumologic-access-id',
    // Handled line by line.
    'private-key',
  ].flatMap((line) => line.split(' ')),
)

/** Replacements for keywords that occur nearly everywhere. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  'authress-service-client-access-key': ['.acc_', '.acc-'],
  'gocardless-api-token': ['gocardless'],
  'intra42-client-secret': ['s-s4t2'],
  jwt: ['eyJ'],
  'jwt-base64': ['ZXlK'],
  'sendgrid-api-token': ['SG.'],
  'sourcegraph-access-token': ['sgp_'],
  'square-access-token': ['EAAA', 'sq0atp-'],
  'twilio-api-key': ['SK'],
  'vault-service-token': ['hvs.'],
}

const REACH = 400
const FAR: Readonly<Record<string, number>> = { jwt: 4096, 'jwt-base64': 4096, 'airtable-personnal-access-token': 4096 }

// The secret follows the name, so a match may begin with the keyword in it.
const BEFORE_NAME = /^(?:\(\?i\)\[\\w\.-\]\{0,50\}\?|\[\\w\.-\]\{0,50\}\?\(\?i:\[\\w\.-\]\{0,50\}\?)/
const MIN_ENTROPY_BY_CONTEXT = 3

/** The rules, each compiled on first use. */
export const RULES: readonly SecretRule[] = [
  ...(gitleaks.rules as readonly Partial<RuleText>[]).filter(isUsed).map((rule) => {
    const { id } = rule
    return ruleOf({ ...rule, keywords: KEYWORDS[id] ?? rule.keywords, reach: FAR[id] ?? REACH })
  }),
  ...[...OWN_RULES, ...TOKEN_FORMATS].map(ruleOf),
]

/** Increased whenever the code around the rules or the names of files change what is masked or left out. */
const REVISION = 4

/** Identifies the rules. */
export const RULES_VERSION = hash(
  'sha256',
  JSON.stringify([REVISION, gitleaks, OWN_RULES, TOKEN_FORMATS, [...LEFT_OUT], KEYWORDS]),
)

function isUsed(rule: Partial<RuleText>): rule is RuleText {
  return !LEFT_OUT.has(rule.id ?? '') && rule.regex !== undefined && rule.keywords !== undefined
}

function ruleOf(text: RuleText): SecretRule {
  const isByContext = text.isByContext ?? BEFORE_NAME.test(text.regex)
  const { allowlists = [] } = text
  let pattern: RE2JS | undefined
  let path: RE2JS | undefined
  let allowed: RE2JS[] | undefined
  return {
    kind: text.id,
    keywords: text.keywords,
    reach: text.reach ?? REACH,
    secretGroup: text.secretGroup,
    userAndHost: text.userAndHost,
    entropy: Math.max(text.entropy ?? 0, isByContext ? MIN_ENTROPY_BY_CONTEXT : 0),
    isPassword: text.isPassword ?? false,
    isStrong: text.isStrong ?? false,
    isRandom: text.isRandom ?? false,
    isBasic: text.isBasic ?? false,
    isByContext,
    appliesTo(file) {
      if (text.path === undefined) return true
      path ??= RE2JS.compile(text.path)
      return path.matcher(file).find()
    },
    get pattern() {
      pattern ??= RE2JS.compile(withoutName(text.regex))
      return pattern
    },
    get allowed() {
      const regexes = allowlists
        .filter(({ regexTarget }) => regexTarget === undefined)
        .flatMap((each) => each.regexes ?? [])
      allowed ??= regexes.map((regex) => RE2JS.compile(regex))
      return allowed
    },
  }
}

function withoutName(regex: string): string {
  const [before] = BEFORE_NAME.exec(regex) ?? []
  if (before === undefined) return regex
  return (before.startsWith('(?i)') ? '(?i)' : '(?i:') + regex.slice(before.length)
}
