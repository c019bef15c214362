/** A rule in gitleaks' format, with additional fields. */
export interface RuleText {
  readonly id: string
  /** In RE2's syntax. */
  readonly regex: string
  /** Group with the secret. Default: the first that matched, or the whole match. */
  readonly secretGroup?: number
  /** Minimum entropy of the secret, in bits per character. */
  readonly entropy?: number
  /** Keywords that must be near the secret, in lower case. One with a capital must occur as written. */
  readonly keywords: readonly string[]
  /** Paths to which the rule applies. */
  readonly path?: string
  readonly allowlists?: readonly { readonly regexes?: readonly string[]; readonly regexTarget?: string }[]
  /** Maximum distance between keyword and secret, in characters. */
  readonly reach?: number
  /** Set if people choose the secret: placeholders for passwords then do not count. */
  readonly isPassword?: true
  /** Groups with the user and the host of the password. */
  readonly userAndHost?: readonly [number, number]
  /** Set if only the words beside it mark the secret, so that it must look random. */
  readonly isByContext?: true
  /** Set if it must hold letters and digits. */
  readonly isStrong?: true
  /** Set if the words beside it do not suffice, so that it must be made of short runs of letters and of digits. */
  readonly isRandom?: true
  /** Set for a user and password in Base64, as in HTTP basic authentication. */
  readonly isBasic?: true
}

const ASSIGNED = String.raw`[ \t\w.-]{0,20}[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`
/** Names of settings that hold secrets, of which nothing but the value says which they are. */
const SETTING_WORDS = [
  'password passwd passphrase secret_key api_key signing_key encryption_key',
  'auth_token access_token private_token client_secret api_secret app_secret',
].flatMap((line) => line.split(' '))
const SETTING = `(?:${SETTING_WORDS.join('|').replaceAll('_', '_?')})`
const SETTING_KEYWORDS = [...new Set(SETTING_WORDS.flatMap((word) => [word, word.replace('_', '')]))]
const ENDED = String.raw`(?:[\x60'"\s;,)\]}<\\]|$)`

/** Rules that gitleaks lacks, or for which it requires a word beside the secret. Several come from secretlint. */
export const OWN_RULES: readonly RuleText[] = [
  {
    id: 'secret-access-key',
    regex: `(?i)(?:secret[_-]?(?:access[_-]?)?key|aws[_-]?secret)${ASSIGNED}([A-Za-z0-9/+]{40})${ENDED}`,
    entropy: 4,
    keywords: [
      'secretaccess',
      'secret_access',
      'secret-access',
      'secret_key',
      'secretkey',
      'secret-key',
      'aws_secret',
      'awssecret',
      'aws-secret',
    ],
  },
  {
    id: 'anthropic-api-key',
    regex: String.raw`\b(sk-ant-(?:[a-z]{2,8}\d\d-)?[\w-]{40,200})`,
    entropy: 3.5,
    keywords: ['sk-ant-'],
  },
  {
    id: 'azure-storage-key',
    regex: String.raw`(?i)\b(?:AccountKey|SharedAccessKey)\s?=\s?([a-z0-9+/]{43}=|[a-z0-9+/]{86}==)`,
    entropy: 4,
    keywords: ['accountkey', 'sharedaccesskey'],
  },
  {
    id: 'azure-sas-signature',
    regex: '[?&;]sig=([A-Za-z0-9%]{43,70}%3[Dd])',
    entropy: 3.5,
    keywords: ['sig='],
  },
  {
    id: 'azure-devops-pat',
    regex: String.raw`\b([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})\b`,
    entropy: 3.5,
    keywords: ['AZDO'],
  },
  {
    id: 'cloudflare-token',
    regex: String.raw`\b((?:cfk|cfut|cfat)_[A-Za-z0-9]{40}[0-9a-f]{8})\b`,
    entropy: 3,
    keywords: ['cfk_', 'cfut_', 'cfat_'],
  },
  {
    id: 'cloudflare-api-key',
    regex: String.raw`(?i)\bcf_api_?(?:key|token)${ASSIGNED}([a-f0-9]{37}|[a-z0-9_-]{40})${ENDED}`,
    entropy: 3,
    keywords: ['cf_api'],
  },
  {
    id: 'datadog-key',
    regex: String.raw`(?i)\b(?:dd|datadog)_?(?:api|app|application)_?key${ASSIGNED}([a-f0-9]{32}|[a-f0-9]{40})${ENDED}`,
    entropy: 3,
    keywords: ['dd_api', 'dd_app', 'datadog'],
  },
  {
    id: 'discord-bot-token',
    regex: String.raw`\b([MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.[\w-]{27,38})${ENDED}`,
    entropy: 4,
    keywords: ['discord'],
    reach: 100_000,
  },
  {
    id: 'discord-webhook',
    regex: String.raw`(?i)\bdiscord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{17,20}/([\w-]{60,80})`,
    entropy: 3.5,
    keywords: ['/webhooks/'],
  },
  { id: 'docker-token', regex: String.raw`\b(dckr_[po]at_[A-Za-z0-9_-]{27,32})`, entropy: 3, keywords: ['dckr_'] },
  {
    id: 'docker-config-auth',
    regex: String.raw`\b(eyJhdXRocyI6[A-Za-z0-9+/]{20,}={0,2})`,
    entropy: 3,
    keywords: ['eyJhdXRocyI6'],
  },
  { id: 'figma-token', regex: String.raw`\b(figd_[A-Za-z0-9_-]{40,200})`, entropy: 3, keywords: ['figd_'] },
  {
    id: 'github-app-token',
    regex: String.raw`\b(ghs_[0-9]{1,20}_[\w-]{10,1000}\.[\w-]{10,1000}\.[\w-]{10,1000})`,
    entropy: 3,
    keywords: ['ghs_'],
    reach: 4096,
  },
  {
    id: 'google-oauth-client-secret',
    regex: String.raw`\b(GOCSPX-[\w-]{28})(?:[^\w-]|$)`,
    entropy: 3,
    keywords: ['GOCSPX-'],
  },
  {
    id: 'google-oauth-token',
    regex: String.raw`\b(ya29\.[\w-]{30,1000})`,
    entropy: 3.5,
    keywords: ['ya29.'],
  },
  { id: 'groq-api-key', regex: String.raw`\b(gsk_[a-zA-Z0-9]{52})\b`, entropy: 3, keywords: ['gsk_'] },
  { id: 'huggingface-access-token', regex: String.raw`\b(hf_[a-zA-Z0-9]{30,40})\b`, entropy: 3.5, keywords: ['hf_'] },
  {
    id: 'openai-api-key',
    regex: String.raw`\b(sk-(?:proj|svcacct|admin|or-v1)-[\w-]{40,200})`,
    entropy: 3.5,
    keywords: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-or-v1-'],
  },
  {
    id: 'slack-token',
    regex: String.raw`\b(xox[abceoprs]-[\w-]{24,200})`,
    entropy: 3.5,
    keywords: ['xoxa-', 'xoxb-', 'xoxc-', 'xoxe-', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-'],
  },
  {
    id: 'apify-api-token',
    regex: String.raw`\b(apify_api_[A-Za-z0-9]{36,40})\b`,
    entropy: 3,
    keywords: ['apify_api_'],
  },
  { id: 'bitbucket-app-password', regex: String.raw`\b(ATBB[A-Za-z0-9]{32})\b`, entropy: 3.5, keywords: ['ATBB'] },
  {
    id: 'buildkite-token',
    regex: String.raw`\b(bk(?:ua|ct)_[a-f0-9]{40})\b`,
    entropy: 3,
    keywords: ['bkua_', 'bkct_'],
  },
  { id: 'contentful-token', regex: String.raw`\b(CFPAT-[\w-]{43})(?:[^\w-]|$)`, entropy: 3.5, keywords: ['CFPAT-'] },
  { id: 'crates-io-token', regex: String.raw`\b(cio[A-Za-z0-9]{32})\b`, entropy: 4, keywords: ['crates', 'cargo'] },
  { id: 'e2b-api-key', regex: String.raw`\b(e2b_[a-f0-9]{40})\b`, entropy: 3, keywords: ['e2b_'] },
  {
    id: 'hubspot-private-app-token',
    regex: String.raw`\b(pat-(?:na|eu)\d-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12})\b`,
    entropy: 3,
    keywords: ['pat-na', 'pat-eu'],
  },
  { id: 'jina-api-key', regex: String.raw`\b(jina_[a-f0-9]{32}[\w-]{28})`, entropy: 3.5, keywords: ['jina_'] },
  {
    id: 'langfuse-secret-key',
    regex: String.raw`\b(sk-lf-[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12})\b`,
    entropy: 3,
    keywords: ['sk-lf-'],
  },
  {
    id: 'langsmith-api-key',
    regex: String.raw`\b(lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10})\b`,
    entropy: 3,
    keywords: ['lsv2_'],
  },
  {
    id: 'netlify-token',
    regex: String.raw`\b(nf[cpu]_[A-Za-z0-9]{36})\b`,
    entropy: 3.5,
    keywords: ['nfp_', 'nfc_', 'nfu_'],
  },
  { id: 'nuget-api-key', regex: String.raw`\b(oy2[a-z0-9]{43})\b`, entropy: 3.5, keywords: ['oy2'] },
  { id: 'nvidia-api-key', regex: String.raw`\b(nvapi-[\w-]{64,70})`, entropy: 3.5, keywords: ['nvapi-'] },
  {
    id: 'pinecone-api-key',
    regex: String.raw`\b(pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70})\b`,
    entropy: 3.5,
    keywords: ['pcsk_'],
  },
  { id: 'render-api-key', regex: String.raw`\b(rnd_[A-Za-z0-9]{28,40})\b`, entropy: 3.5, keywords: ['rnd_'] },
  {
    id: 'resend-api-key',
    regex: String.raw`\b(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})\b`,
    entropy: 3.5,
    keywords: ['resend'],
  },
  {
    id: 'tavily-api-key',
    regex: String.raw`\b(tvly-(?:dev-|prod-)?[A-Za-z0-9]{32})\b`,
    entropy: 3.5,
    keywords: ['tvly-'],
  },
  { id: 'together-api-key', regex: String.raw`\b(tgp_v1_[\w-]{43})(?:[^\w-]|$)`, entropy: 3.5, keywords: ['tgp_v1_'] },
  { id: 'xai-api-key', regex: String.raw`\b(xai-[a-zA-Z0-9]{80})\b`, entropy: 3, keywords: ['xai-'] },
  { id: 'replicate-api-token', regex: String.raw`\b(r8_[a-zA-Z0-9]{37})\b`, entropy: 3, keywords: ['r8_'] },
  {
    id: 'supabase-token',
    regex: String.raw`\b(sb(?:p|_secret)_[\w-]{31,48})`,
    entropy: 3,
    keywords: ['sbp_', 'sb_secret_'],
  },
  {
    id: 'bearer-token',
    regex: String.raw`(?i)\bbearer(?:[ \t]{1,4}|%20)([\w.~+/-]{20,}={0,2})`,
    entropy: 3.3,
    isByContext: true,
    keywords: ['bearer ', 'bearer\t', 'bearer%20'],
    reach: 4096,
  },
  {
    id: 'authorization-header',
    regex: String.raw`(?i)\b(?:authorization["']?[ \t]{0,4}[:=,][ \t]{0,4}["'\x60]?(?:token|api-?key|key)[ \t=]{1,4}|x-(?:[a-z]{1,20}-)?(?:api-?key|token|secret)["']?[ \t]{0,4}[:=,][ \t]{0,4}["'\x60]?)["']?([\w.~+/-]{20,}={0,2})${ENDED}`,
    entropy: 3.3,
    isByContext: true,
    keywords: ['authorization', 'api-key', 'apikey', '-token', '-secret'],
    reach: 128,
  },
  {
    id: 'basic-authorization',
    regex: String.raw`(?i)\bbasic(?:[ \t]{1,4}|%20)([a-z0-9+/_-]{8,}={0,2})`,
    keywords: ['basic ', 'basic\t', 'basic%20'],
    isPassword: true,
    isBasic: true,
  },
  {
    id: 'curl-password',
    regex: String.raw`\bcurl\b(?:.|\\\r?\n)*?\s(?:-u|--user)(?:=|[ \t]{0,4})(?:"[^\s:"$]+:([^"\r\n]{6,})"|'[^\s:']+:([^'\r\n]{6,})'|[^\s:"'$]+:([^\s"'\\]{6,}))`,
    keywords: ['curl '],
    isPassword: true,
  },
  {
    id: 'http-authorization',
    regex: String.raw`(?i)\b_auth(?:Token)?["']?\s{0,3}[=:]\s{0,3}["']?([\w+/.~-]{16,}={0,2})${ENDED}`,
    entropy: 3,
    keywords: ['_auth=', '_authtoken', '_auth"', '_auth '],
  },
  {
    id: 'jwk-private-key',
    regex: String.raw`["']kty["'][^{}]*?["']d["']\s{0,3}:\s{0,3}["']([\w-]{32,})["']|["']d["']\s{0,3}:\s{0,3}["']([\w-]{32,})["'][^{}]*?["']kty["']`,
    entropy: 4,
    keywords: ['"kty"', "'kty'"],
    reach: 4096,
  },
  {
    id: 'mailgun-key',
    regex: String.raw`\b(key-[a-f0-9]{32})\b`,
    entropy: 3,
    keywords: ['key-'],
  },
  {
    id: 'netrc-password',
    regex: String.raw`(?i)\bmachine\s{1,9}\S{1,200}\s{1,9}login\s{1,9}\S{1,200}\s{1,9}password\s{1,9}([^\s\\"']{6,200})`,
    keywords: ['machine'],
    isPassword: true,
  },
  {
    id: 'new-relic-key',
    regex: String.raw`\b(NRAK-[A-Z0-9]{27}|[a-f0-9]{36}NRAL)\b`,
    entropy: 3,
    keywords: ['NRAK-', 'NRAL'],
  },
  {
    id: 'private-key-base64',
    regex: String.raw`\b(LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURS|BQUklWQVRFIEtFWS|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVEU|BFTkNSWVBURUQgUFJJVkFURS|BEU0EgUFJJVkFURS|BQR1AgUFJJVkFURS)[A-Za-z0-9+/]{20,}={0,2})`,
    keywords: ['LS0tLS1CRUdJTi'],
    reach: 8192,
  },
  {
    id: 'kubeconfig-client-key',
    regex: String.raw`(?i)\bclient-key-data["']?:\s{0,3}["']?([a-z0-9+/]{40,}={0,2})`,
    entropy: 3.5,
    keywords: ['client-key-data'],
    reach: 8192,
  },
  { id: 'pypi-token', regex: String.raw`\b(pypi-AgENdGVzdC5weXBpLm9yZw[\w-]{50,1000})`, keywords: ['pypi-AgEN'] },
  { id: 'square-secret', regex: String.raw`\b(sq0csp-[\w-]{43})(?:[^\w-]|$)`, entropy: 3, keywords: ['sq0csp-'] },
  {
    id: 'stripe-webhook-secret',
    regex: String.raw`\b(whsec_[A-Za-z0-9+/]{32,64}={0,2})`,
    entropy: 3,
    keywords: ['whsec_'],
  },
  {
    id: 'tailscale-key',
    regex: String.raw`\b(tskey-[a-z]{2,20}-[0-9A-Za-z_]{8,40}-[0-9A-Za-z_]{16,60})\b`,
    entropy: 3,
    keywords: ['tskey-'],
  },
  {
    id: 'telegram-bot-token',
    regex: String.raw`(?:^|[^\w-])(\d{8,10}:AA[\w-]{33})(?:[^\w-]|$)`,
    entropy: 3.5,
    keywords: [':AA'],
  },
  {
    id: 'twilio-auth-token',
    regex: String.raw`(?i)\btwilio${ASSIGNED}([a-f0-9]{32})${ENDED}`,
    entropy: 3,
    keywords: ['twilio'],
  },
  {
    id: 'vercel-token',
    regex: String.raw`\b(vc[aikpr]_[A-Za-z0-9]{24,60})\b`,
    entropy: 3.5,
    keywords: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'],
  },
  {
    id: 'configured-password',
    regex: String.raw`(?im)^[ \t]*(?:export[ \t]+|-[ \t]+|ENV[ \t]+)?["']?[\w.-]{0,60}${SETTING}["']?[ \t]*[:=][ \t]*["']?([^\s"'<>{}$%#(),/]{8,100})["']?,?[ \t]*$`,
    path: String.raw`(?i)(?:\.(?:ya?ml|properties|ini|cfg|cnf|conf|toml|tfvars|config|env|sh|bash|json|hcl)|(?:^|/)(?:Dockerfile|Containerfile)[^/]*)$`,
    keywords: SETTING_KEYWORDS,
    isPassword: true,
    isStrong: true,
    reach: 200,
  },
  {
    id: 'quoted-password',
    regex: String.raw`(?i)${SETTING}["']?(?:[ \t]{0,3}(?::=|=>|[:=])[ \t]{0,3}|[ \t]+value=)["']([^\s"'<>{}$\\]{10,100})["']`,
    keywords: SETTING_KEYWORDS,
    isPassword: true,
    isRandom: true,
    reach: 160,
  },
  {
    id: 'element-password',
    regex: `(?i)<[\\w.:-]{0,40}${SETTING}>([^<>\\s{}$]{8,100})</`,
    keywords: SETTING_KEYWORDS,
    isPassword: true,
    isStrong: true,
    reach: 200,
  },
  {
    id: 'parameter-password',
    regex: `(?i)[?&;](?:${SETTING}|pwd)=([^\\s&;#"'<>{}$%()\\\\,]{8,200})`,
    keywords: [...SETTING_KEYWORDS, 'pwd='],
    isPassword: true,
    isRandom: true,
    reach: 260,
  },
  {
    id: 'command-password',
    regex: String.raw`(?:\b(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH)=|\bmysql(?:dump|admin|import)?\s(?:[^\n|;&]{0,200}\s)?(?:-p|--password=)|\b(?:sshpass|mongo(?:sh|dump|restore|export|import)?|(?:docker|podman|helm|oc|az)\s(?:registry\s)?login)\s(?:[^\n|;&]{0,200}\s)?(?:-p[ \t]{0,3}|--password[ \t=]{1,3}))["']?([^\s"'<>{}$\\]{6,100})`,
    keywords: ['PGPASSWORD=', 'MYSQL_PWD=', 'SSHPASS=', 'REDISCLI_AUTH=', 'mysql', 'sshpass', 'mongo', ' login '],
    isPassword: true,
    isStrong: true,
  },
  {
    id: 'defined-password',
    regex: String.raw`(?i)\bdefine\(\s{0,3}["']\w{0,40}(?:PASSWORD|SECRET|_KEY|_SALT)["']\s{0,3},\s{0,3}(?:"([^"\n]{8,})"|'([^'\n]{8,})')`,
    keywords: ['define('],
    isPassword: true,
    isStrong: true,
  },
  {
    id: 'signing-key',
    regex: String.raw`(?i)(?:\b|_)SECRET_KEY["']?\s{0,3}[:=,]\s{0,3}(?:"([^"\s]{32,200})"|'([^'\s]{32,200})')`,
    entropy: 3.5,
    keywords: ['secret_key'],
    isStrong: true,
  },
  {
    id: 'connection-password',
    regex: String.raw`(?i)\b(?:server|data source|host|user id|uid|database|initial catalog)\s?=[^"'\n]{0,200}?\b(?:password|pwd)\s?=\s?([^;"'\s{}$<>]{6,})`,
    keywords: ['password=', 'password =', 'pwd=', 'pwd ='],
    isPassword: true,
    isStrong: true,
  },
  {
    id: 'docker-auth',
    regex: String.raw`"auth"\s{0,3}:\s{0,3}"([A-Za-z0-9+/]{8,}={0,2})"`,
    keywords: ['"auth"'],
    isPassword: true,
    isBasic: true,
  },
  {
    id: 'url-token',
    regex: String.raw`://([\w-]{20,}):x-oauth-basic@`,
    entropy: 3,
    keywords: [':x-oauth-basic@'],
  },
  {
    id: 'url-password',
    regex: String.raw`(?i)\b[a-z][a-z0-9+.-]{1,30}://([^\s:@/'"<>\x60{}()\[\]\\,;|]{0,100}):([^\s@/'"<>\x60{}()\\,|]{3,200})@([a-z0-9%\[][\w.-]*)`,
    secretGroup: 2,
    userAndHost: [1, 3],
    keywords: ['://'],
    isPassword: true,
  },
]
