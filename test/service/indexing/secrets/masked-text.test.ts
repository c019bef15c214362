import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { maskedText } from '../../../../service/indexing/secrets/masked-text.ts'
import { RULES } from '../../../../service/indexing/secrets/rules.ts'
import { NOTHING_SHOWN } from '../../../../service/indexing/secrets/shown-here.ts'
import { CANARIES } from './canaries.ts'

function masked(text: string, path = 'a.py') {
  const result = maskedText(text, path)
  if (result === 'too_many') throw new Error('Too many')
  return result
}

const shownOf = (text: string, secrets: readonly string[]) =>
  secrets.filter((secret) => text.includes(secret.slice(0, 12)))

describe('A secret is masked, and the text around it stays', () => {
  test.each(CANARIES)('$name', ({ text, secrets }) => {
    const around = `before_the_secret = 1\n${text}\nafter_the_secret = 2\n`
    const result = masked(around)
    expect(shownOf(result?.text ?? around, secrets)).toEqual([])
    const alone = masked(text)
    expect(shownOf(alone?.text ?? text, secrets)).toEqual([])
    expect(result?.text.split('\n').length).toBe(around.split('\n').length)
    expect(result?.text).toMatch(/^before_the_secret = 1\n[\s\S]*\[masked: [\w-]+\][\s\S]*\nafter_the_secret = 2\n$/)
  })
})

test('a mask shows the kind and keeps the line readable', () => {
  const token = `ghp_${'R8sK2mVx7QpL4tYw9ZbN3cHf6JdG1aEu5XoP'}`
  expect(masked(`DEPLOY_TOKEN = "${token}"  # for releases\n`)).toEqual({
    text: 'DEPLOY_TOKEN = "[masked: github-pat]"  # for releases\n',
    counts: { 'github-pat': 1 },
  })
})

test('a private key counts once, and each of its lines keeps its number', () => {
  const { text = '' } = CANARIES.find(({ name }) => name === 'pem rsa') ?? {}
  const result = masked(`# key\r\n${text.replaceAll('\n', '\r\n')}\r\nend\r\n`)
  expect(result?.counts).toEqual({ 'private-key': 1 })
  expect(result?.text.split('\r\n')).toEqual([
    '# key',
    '-----BEGIN RSA PRIVATE KEY-----',
    ...Array(13).fill('[masked: private-key]'),
    '-----END RSA PRIVATE KEY-----',
    'end',
    '',
  ])
})

test.each(['x7k2m9q4', '84651973', 'a1a2!b3', 'p9s7-3841', 'SuperSecret123', 'hunter2'])(
  'a weak password is a secret too: %s',
  (password) => expect(masked(`redis://app:${password}@cache:6379`)?.counts).toEqual({ 'url-password': 1 }),
)

describe('A password without a format of its own is masked', () => {
  test.each([
    ['config/database.yml', 'production:\n  password: ', 'brunnen42kresse', '\n  pool: 5\n'],
    ['application.properties', 'spring.datasource.password=', 'pr0pKresseTurm9', '\nx=1\n'],
    ['deploy/run.sh', 'export DB_PASSWORD=', 'exp0rtKresse99', '\nrun\n'],
    ['prod.tfvars', 'db_password = "', 'tfKresse77turm', '"\n'],
    ['Dockerfile', 'FROM x\nENV API_KEY=', 'd0ckerKresse17', '\n'],
    ['web.config', '<add key="x" password="', 'Tr0ub4dor&3xyz', '" />\n'],
    ['Web.xml', '<add key="DbPassword" value="', 'Tr0ub4dor&3xyz', '"/>\n'],
    ['settings.py', "DB_PASSWORD = '", 'q8Zx7Lm2Vt9Rk4', "'\n"],
    ['settings.py', "SECRET_KEY = 'django-insecure-", '9f8$k2j!x7v@q4w#e6r%t5y^u3i&o1', "'\n"],
    ['wp-config.php', "define( 'DB_PASSWORD', '", 'phpKresse99turm', "' );\n"],
    ['Db.cs', 'var c = "Server=db;Database=shop;User Id=sa;Password=', 'MyKr3sse!', ';";\n'],
    ['settings.xml', '<server><password>', 'xmlKresse77turm', '</password></server>\n'],
    ['Main.java', 'String u = "jdbc:mysql://db/shop?user=me&password=', 'k7Rs2Qp9Zx4v', '";\n'],
    ['keys.go', 'const apiSecret = "', 'q8Zx7Lm2Vt9Rk4Wp', '"\n'],
    ['load.sh', 'PGPASSWORD=', 'pgKresse77turm', ' psql shop\n'],
    ['load.sh', 'mysqldump -u me -p', 'myKresse77turm', ' shop > x.sql\n'],
    ['load.sh', "sshpass -p '", 'sshKresse77turm', "' ssh db\n"],
    ['load.sh', 'docker login -u me -p ', 'dkKresse77turm', ' registry.shop.io\n'],
    ['config.json', '{"auths":{"https://index.docker.io/v1/":{"auth":"', 'dGlsbDpLcmVzc2U3N3R1cm0=', '"}}}\n'],
    ['install.sh', 'git clone https://', '0a9b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8091', ':x-oauth-basic@github.com/a/b\n'],
  ])('%s: %s', (path, before, secret, after) => {
    const text = masked(before + secret + after, path)?.text ?? ''
    expect(text).toMatch(/\[masked: [\w-]+\]/)
    expect(text).not.toContain(secret)
    expect(text.split('\n').length).toBe((before + after).split('\n').length)
  })

  test.each([
    ['openapi.yaml', 'password:\n  type: string\n  format: password\n'],
    ['openapi.yaml', 'access_token: string\napi_key: $API_KEY_2\npassword: "{{ vault.db1 }}"\n'],
    ['values.yaml', 'password: changeme\nadminPassword: password123\npasswordSecretName: db2-credentials\n'],
    ['en.json', '{"password": "Kennwort", "reset_password": "Reset your password in 2 steps"}\n'],
    ['views.py', 'password = request.form["password2"]\nuser.password = hash_password1(raw)\n'],
    ['test_login.py', 'password="testPassword123"\ntoken = "access_token_v2"\n'],
    ['login.ts', "const api_key = 'config.apiKeys.v2'\nconst password = 'label.password2'\n"],
    ['wp-config.php', "define( 'DB_PASSWORD', 'password_here' );\n"],
    ['Db.cs', '"Server=db;Password={password1};"\n'],
    ['web.xml', `<password>password123</password><api-key>\${KEY_OF_API1}</api-key><apiKey>string</apiKey>\n`],
    ['a.ts', `fetch("/login?password=\${password1}&access_token=\${token2}")\nurl += "&api_key=yourApiKey1"\n`],
    ['run.sh', 'mysql -u root -P 3306 --protocol=tcp -p$PASSWORD1 shop\nPGPASSWORD=$PASSWORD2 psql\nmongo -p 27017\n'],
    ['run.md', 'Run `docker login -u me -p password1` and mysql -ppassword\n'],
  ])('but not what only looks like one: %s: %s', (path, text) => {
    expect(masked(text, path)).toBeUndefined()
  })
})

test('masking a masked text changes nothing', () => {
  const all = CANARIES.map(({ text }) => text).join('\n\n')
  const once = masked(all)
  expect(once).toBeDefined()
  expect(masked(once?.text ?? all)).toBeUndefined()
})

describe('A placeholder for a secret is shown', () => {
  const x = 'x'.repeat(36)
  test.each([
    'aws_access_key_id = AKIAIOSFODNN7EXAMPLE',
    'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    `GITHUB_TOKEN=ghp_${x}`,
    'GITHUB_TOKEN=ghp_your_token_here',
    'Authorization: Bearer mF_9.B5f-4.1JqM',
    'Bearer authentication is described in the specification of OAuth',
    '// a bearer authentication-scheme-for-all-routes/handlers',
    `curl -H "Authorization: Bearer \${TOKEN_OF_THE_DEPLOYMENT_1}"`,
    'Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    'Authorization: Basic dXNlcjpwYXNzd29yZA==',
    'Authorization: Basic YWRtaW46YWRtaW4=',
    'Basic Authentication, basic understanding, Basic aGVsbG8gd29ybGQ=',
    'X-Api-Key: your-api-key-from-the-dashboard',
    'curl -u user:password https://api.shop.io',
    'curl -u "$LOGIN:$PASSWORD_OF_LOGIN" https://api.shop.io',
    `GITHUB_TOKEN=\${{ secrets.GITHUB_TOKEN }}`,
    `//registry.npmjs.org/:_authToken=\${NPM_TOKEN}`,
    'postgres://user:password@localhost:5432/shop',
    'postgres://postgres:postgres@db/shop',
    'db+mysql://airflow:airflow@localhost:3306/airflow',
    'my-type://my-login:my-pa%2Fssword@my-host:5432/schema',
    'https://user:pass@example.com/a',
    'https://$USER:$PASSWORD@git.internal/a',
    'mongodb://<user>:<password>@host/db',
    `redis://:\${REDIS_PASSWORD}@cache`,
    'http://jane:p%40ssword@google.com',
    'https://me:x-oauth-basic@github.com/a/b',
    'amqp://guest:guest@localhost, http://a:1234@b.internal',
    'see http://localhost:8080/@scope/name',
    'ssh://git@git.internal:22/team/shop.git',
    '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----',
    'if "-----BEGIN RSA PRIVATE KEY-----" in text:\n    return parse_the_key_from(text)\n',
    'sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'commit = "da39a3ee5e6b4b0d3255bfef95601890afd80709"',
    'id = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"',
    'integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
    'class DiscordClientSecretProvider(AbstractTokenProvider): pass',
    'twilio_account = TwilioAccountConfigurationFactory',
    'machine host.domain.com login log password pass',
    'const slack_token_prefix = "xoxb-"',
  ])('%s', (text) => expect(masked(`${text}\n`)).toBeUndefined())
})

test('every rule compiles, and has keywords that its examples can contain', () => {
  for (const rule of RULES) {
    expect(rule.pattern.pattern()).not.toBe('')
    expect(rule.keywords.every((keyword) => keyword.length > 1)).toBe(true)
    expect([rule.kind, /^[\w-]{2,60}$/.test(rule.kind)]).toEqual([rule.kind, true])
  }
})

test('a repository, its paths and single texts can be exempt', () => {
  const secret = `glpat-${'d8Kq2vXz9LmN4pRt7YwB'}`
  const text = `token = "${secret}"\n`
  const shown = (shown: object) => maskedText(text, 'test/fixtures/a.py', { ...NOTHING_SHOWN, ...shown })
  expect(shown({})).toMatchObject({ counts: { 'gitlab-pat': 1 } })
  expect(shown({ everything: true })).toBeUndefined()
  expect(shown({ paths: ['test/*'] })).toBeUndefined()
  expect(shown({ paths: ['*.ts'] })).toBeDefined()
  expect(shown({ fingerprints: [hash('sha256', secret)] })).toBeUndefined()
})

const DASHES = '-----'

test.each([
  ['keywords', `${RULES.flatMap(({ keywords }) => keywords).join(' = "')}\n`],
  ['beginnings of keys', `${DASHES}BEGIN PRIVATE KEY${DASHES}\n`],
  ['beginnings of keys that have ends', `${DASHES}BEGIN PRIVATE KEY${DASHES}\nMIIE\n${DASHES}END `],
  ['quotes after the beginning of a key', `"'\\n`.repeat(10_000)],
  ['addresses', 'a://b:c'],
  ['addresses with passwords', 'a://b:Zx81kkPq@c '],
  ['a name before names', 'facebook_facebook-'],
  ['beginnings of tokens', 'eyJhbGciOiJIUzI1NiJ9.eyJ'],
  ['one word', 'LS0tLS1CRUdJTiBQUklWQVRFIEtFWS'],
])('%s are checked, or given up, in time proportional to their length', (_, part) => {
  const secondsOf = (length: number) => {
    const text = `${DASHES}BEGIN RSA PRIVATE KEY${DASHES}\n${part.repeat(Math.ceil(length / part.length))}`
    const before = process.cpuUsage()
    maskedText(text, 'a.py')
    return process.cpuUsage(before).user / 1e6
  }
  secondsOf(10_000)
  expect(secondsOf(1_000_000)).toBeLessThan(8)
})

test('a text that consists of keywords is given up', () => {
  const words = RULES.flatMap(({ keywords }) => keywords).join(' = "')
  expect(maskedText(words.repeat(Math.ceil(1_000_000 / words.length)), 'a.py')).toBe('too_many')
})
