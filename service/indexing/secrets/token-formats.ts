import type { RuleText } from './own-rules.ts'

const HEX = '[a-f0-9]'
const ALNUM = '[A-Za-z0-9]'
const UUID = `${HEX}{8}(?:-${HEX}{4}){3}-${HEX}{12}`

/** Tokens that begin in a way of their own: the kind, how they begin, and what follows. */
const BY_BEGINNING: readonly (readonly [kind: string, beginning: string, rest: string])[] = [
  ['adafruit-io-key', 'aio_', `${ALNUM}{28}`],
  ['aiven-password', 'AVNS_', String.raw`[\w-]{19}`],
  ['atlassian-admin-key', 'ATCTT3', '[A-Za-z0-9_=-]{100,400}'],
  ['browserbase-api-key', 'bb_live_', String.raw`[\w-]{24,60}`],
  ['cerebras-api-key', 'csk-', '[a-z0-9]{40,60}'],
  ['chromatic-project-token', 'chpt_', `${HEX}{12,40}`],
  ['circleci-token', 'CCIPAT_', `${ALNUM}{22}_[a-z0-9]{40,64}`],
  ['cockroach-api-key', 'CCDB1_', `${ALNUM}{22}_${ALNUM}{40}`],
  ['dependency-track-key', 'odt_', `(?:${ALNUM}{8}_)?${ALNUM}{32,40}`],
  ['doppler-token', 'dp.', `(?:ct|st|sa|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?${ALNUM}{40,44}`],
  ['flexport-token', 'shltm_', String.raw`[\w-]{40}`],
  ['google-refresh-token', '1//0', String.raw`[\w-]{40,200}`],
  ['google-authorization-key', 'AQ.Ab', String.raw`[\w-]{40,200}`],
  ['helicone-api-key', 'sk-helicone-', String.raw`[\w-]{20,60}`],
  ['honeycomb-key', 'hcaik_', '[a-z0-9]{58}'],
  ['honeycomb-key', 'hcbik_', '[a-z0-9]{58}'],
  ['honeycomb-key', 'hcxik_', '[a-z0-9]{58}'],
  ['ionic-token', 'ion_', `${ALNUM}{42}`],
  ['lichess-token', 'lip_', `${ALNUM}{20}`],
  ['mapbox-secret-token', 'sk.eyJ1', String.raw`[\w-]{20,400}\.[\w-]{16,64}`],
  ['midtrans-server-key', 'Mid-server-', String.raw`[\w-]{24,40}`],
  ['mongodb-atlas-secret', 'mdb_sa_sk_', String.raw`[\w-]{40}`],
  ['neon-api-key', 'napi_', '[a-z0-9]{64}'],
  ['onfido-token', 'api_live', String.raw`(?:_[a-z]{2})?\.[\w-]{11}\.[\w-]{32}`],
  ['paddle-api-key', 'pdl_live_apikey_', `[a-z0-9]{26}_${ALNUM}{22}_${ALNUM}{3}`],
  ['pagarme-key', 'ak_live_', `${ALNUM}{30}`],
  ['pinterest-token', 'pina_', '[A-Z0-9]{90,120}'],
  ['polar-token', 'polar_oat_', `${ALNUM}{43}`],
  ['polar-token', 'polar_pat_', `${ALNUM}{43}`],
  ['posthog-personal-key', 'phx_', String.raw`\w{43,50}`],
  ['pubnub-secret-key', 'sec-c-', '[A-Za-z0-9=+/]{48,52}'],
  ['ramp-secret', 'ramp_sec_', `${ALNUM}{48}`],
  ['rootly-api-key', 'rootly_', `${HEX}{64}`],
  ['samsara-api-token', 'samsara_api_', `${ALNUM}{30}`],
  ['scrapfly-key', 'scp-live-', `${HEX}{32}`],
  ['segment-api-token', 'sgp_', `${ALNUM}{64}`],
  ['snyk-token', 'snyk_uat.', String.raw`[\w.-]{40,120}`],
  ['snyk-token', 'snyk_sat.', String.raw`[\w.-]{40,120}`],
  ['socket-api-token', 'sktsec_', String.raw`\w{40,80}`],
  ['sourcegraph-license-key', 'slk_', `${HEX}{64}`],
  ['telnyx-api-key', 'KEY0', `[A-F0-9]{31,32}_${ALNUM}{22}`],
  ['trello-token', 'ATTA', `${ALNUM}{72}`],
  ['ubidots-token', 'BBFF-', `${ALNUM}{30,36}`],
  ['unkey-root-key', 'unkey_', `${ALNUM}{20,40}`],
  ['val-town-token', 'vtwn_', `${ALNUM}{27}`],
  ['vk-token', 'vk1.a.', String.raw`[\w-]{80,300}`],
  ['voiceflow-api-key', 'VF.DM.', `${HEX}{24}\\.${ALNUM}{16}`],
  ['wakatime-api-key', 'waka_', UUID],
  ['weights-and-biases-key', 'wandb_v1_', `${ALNUM}{40,90}`],
  ['xendit-secret-key', 'xnd_production_', `${ALNUM}{40,64}`],
  ['zuplo-api-key', 'zpka_', `[a-z0-9]{32}_${HEX}{8}`],
]

/** Tokens that only a word near them makes known. */
const BY_WORD: readonly (readonly [kind: string, words: readonly string[], token: string])[] = [
  ['ai-api-key', ['deepseek', 'moonshot', 'stability', 'dashscope', 'siliconflow', 'litellm'], `sk-${ALNUM}{32,64}`],
  ['asana-token', ['asana'], `[012]/[0-9]{10,20}(?:/[0-9]{10,20})?:${HEX}{32}`],
  ['azure-devops-pat', ['azure', 'azdo', 'ado_pat', 'visualstudio', 'vsts'], '[a-z2-7]{52}'],
  ['braintree-access-token', ['access_token$production$'], `access_token\\$production\\$[a-z0-9]{16}\\$${HEX}{32}`],
  ['brave-api-key', ['brave'], String.raw`BSA[\w-]{27,28}`],
  ['clickup-token', ['clickup'], 'pk_[0-9]{6,10}_[A-Z0-9]{32}'],
  ['close-api-key', ['close.com', 'closeio', 'close_api', 'closecrm'], `api_${ALNUM}{22}\\.${ALNUM}{22}`],
  ['courier-key', ['courier'], 'pk_(?:prod|test)_[A-Z0-9]{28}'],
  ['dropbox-token', ['dropbox'], String.raw`sl\.(?:u\.)?[\w-]{130,1000}`],
  ['elevenlabs-api-key', ['elevenlabs', 'eleven_labs', 'xi-api-key', 'xi_api_key'], `sk_${HEX}{48}`],
  ['firecrawl-api-key', ['firecrawl'], `fc-${HEX}{32}`],
  ['fireworks-api-key', ['fireworks'], `fw_${ALNUM}{20,32}`],
  ['fullstory-api-key', ['fullstory'], `na1\\.[A-Za-z0-9+/]{80,200}`],
  ['jenkins-token', ['jenkins'], `11${HEX}{32}`],
  ['mollie-api-key', ['mollie'], `live_${ALNUM}{30,40}`],
  ['ngrok-token', ['ngrok'], `[123]${ALNUM}{26}_${ALNUM}{20,22}`],
  ['notion-token', ['notion'], `secret_${ALNUM}{43}`],
  ['pagerduty-key', ['pagerduty'], String.raw`(?:u|pd[a-z]{2})\+[\w+-]{18}`],
  ['salesforce-session', ['00D'], `00D${ALNUM}{12,15}![A-Za-z0-9._]{80,140}`],
  ['truenas-api-key', ['truenas', 'login_with_api_key'], `[0-9]{1,3}-${ALNUM}{64}`],
  ['voyage-api-key', ['voyage'], String.raw`pa-[\w-]{40,48}`],
  ['woocommerce-key', ['woocommerce', 'consumer_secret', 'consumer_key'], `c[ks]_${HEX}{40}`],
  ['zoho-token', ['zoho'], `1000\\.${HEX}{32}\\.${HEX}{32}`],
]

const escaped = (text: string) => text.replace(/[.$/]/g, '\\$&')

const ruleOf = (id: string, token: string, keywords: readonly string[]): RuleText => ({
  id,
  regex: `(?:^|[^\\w+/-])(${token})(?:[^\\w-]|$)`,
  entropy: 3,
  keywords,
  reach: 600,
})

/** Formats of tokens, as their issuers describe them. */
export const TOKEN_FORMATS: readonly RuleText[] = [
  ...BY_BEGINNING.map(([kind, beginning, rest]) => ruleOf(kind, escaped(beginning) + rest, [beginning])),
  ...BY_WORD.map(([kind, words, token]) => ruleOf(kind, token, words)),
  {
    // Keys of Azure's services, which hold a mark of the service in a fixed place.
    id: 'azure-service-key',
    regex: String.raw`(?:^|[^\w+/-])([A-Za-z0-9_+/-]{32,86}(?:AzFu|AzSe|AzCa|ACDb|AIoT|APIM|\+ASb|\+AEh|\+ABa|\+ASt|\+ACR|\+AMC)[A-Za-z0-9_+/-]{5,8}={0,2}|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18,30}={0,2})(?:[^\w+/=-]|$)`,
    entropy: 4,
    keywords: 'AzFu AzSe AzCa ACDb AIoT APIM +ASb +AEh +ABa +ASt +ACR +AMC JQQJ99'.split(' '),
  },
  {
    id: 'azure-app-configuration',
    regex: String.raw`(?i)\.azconfig\.io;Id=[^;\s]{4,100};Secret=([A-Za-z0-9+/]{36,100}={0,2})`,
    entropy: 3.5,
    keywords: ['.azconfig.io'],
  },
  {
    id: 'teams-webhook',
    regex: String.raw`(?i)office(?:365)?\.com/webhook/[\w@-]{70,80}/IncomingWebhook/([a-f0-9]{32}/[a-f0-9-]{36})`,
    keywords: ['/incomingwebhook/'],
  },
  {
    id: 'zapier-webhook',
    regex: '(?i)hooks\\.zapier\\.com/hooks/catch/([0-9]{4,10}/[a-z0-9]{6,12})',
    keywords: ['hooks.zapier.com'],
  },
  {
    id: 'wireguard-key',
    regex: '(?i)\\b(?:PrivateKey|PresharedKey)\\s?=\\s?([A-Za-z0-9+/]{43}=)',
    entropy: 4,
    keywords: ['privatekey', 'presharedkey'],
    reach: 100,
  },
]
