import { describe, expect, test } from 'vitest'
import { type Group, read } from './keyed-settings.ts'

const bucket = (more: object) => ({ s3Bucket: 'team', s3AccessKey: 'id', s3SecretKey: 'key', ...more })
const external = (more: object) => ({ host: 'db.example.com', password: 'pw', ...more })
const ingress = (annotations: object) => ({ kind: 'ingress', host: 'code.example.com', namespace: 'in', annotations })
const other = (more: object) => ({ kind: 'other', host: 'code.example.com', namespace: 'mesh', ...more })
const URL_OF_DATABASE = 'postgres://me:pw@db.example.com/code'

describe('what Postgres, its providers or their clients refuse is refused with a remedy', () => {
  test.each<[string, unknown, string]>([
    ['postgres.parameters', { work_men: '64MB' }, 'work_men is not a parameter of Postgres; did you mean work_mem?'],
    ['postgres.parameters', { work_mem: '64Mi' }, 'work_mem is "64Mi", whose unit Postgres does not have; use B, kB'],
    ['postgres.parameters', { 'work mem': 1 }, 'is not the name of a parameter'],
    ['postgres.parameters', { shared_buffers: '1GB' }, 'set postgres.sharedBuffers instead'],
    ['postgres.parameters', { max_connections: 20 }, 'max_connections is 20, but 8 servers and workers need 94'],
    ['database.url', `${URL_OF_DATABASE}?sslcert=/home/me/client.crt`, 'has sslcert, a file that no container has'],
    ['database.url', 'postgres://me:pw@a.example.com,b.example.com/code', 'database.url names several hosts'],
    ['database.url', 'postgres://a:b@x.cluster-ro-y1.eu-west-1.rds.amazonaws.com/c', 'whose servers only read'],
    ['database.external', external({ host: 'a-pooler.eu.aws.neon.tech' }), 'a pooler, which does not know new roles'],
    ['database.external', external({ host: 'a.b.rds.amazonaws.com', superuser: true }), 'no role of yours is one'],
    ['postgres.image', 'mariadb:11', 'postgres.image is mariadb:11, which has no pgvector'],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message)
  })

  test('and CloudNativePG keeps its own parameters', () => {
    const settings = { 'database.cnpg': {}, 'postgres.parameters': { archive_command: 'true' } }
    expect(() => read(settings)).toThrow('postgres.parameters.archive_command is set by CloudNativePG itself')
  })
})

describe('what Ollama, a bucket, an issuer or a controller does not understand is refused', () => {
  test.each<[string, unknown, string]>([
    ['ollama', { gpu: 'nvidia', image: 'ollama/ollama:0.18.0-rocm' }, 'is only for AMD GPUs; use ollama/ollama:0.18.0'],
    ['ollama.image', 'ollama/ollama:0.1.48', 'needs Ollama 0.3.0 or newer'],
    ['ollama.insecure', true, 'ollama.insecure is for a registry of your own, but ollama.model is all-minilm'],
    ['ollama.env', { OLLAMA_ORIGINS: 'app.example.com' }, 'OLLAMA_ORIGINS, which must be origins separated by commas'],
    ['backup', bucket({ s3Endpoint: 'https://team.dfs.core.windows.net' }), 'does not speak the protocol of S3'],
    ['backup', bucket({ s3AccessKey: 'ASIAABCDEFGHIJKLMNOP' }), 'backup.s3AccessKey is a temporary key'],
    ['backup', bucket({ s3SecretKey: 'AKIAABCDEFGHIJKLMNOP' }), 'backup.s3SecretKey is the ID of an access key'],
    ['backup.timeZone', 'Berlin', 'backup.timeZone must be a time zone such as Europe/Berlin, got "Berlin"'],
    ['backup', bucket({ storageClass: 'cheap' }), 'backup.s3Bucket and backup.storageClass cannot be combined'],
    ['worker.storageClass', 'fast', 'worker.storageClass requires worker.clonesClaim: true'],
    [
      'access',
      { oidcIssuer: 'https://login.microsoftonline.com/organizations/v2.0', oidcAudience: 'a' },
      'issues no token itself; write the id of your tenant',
    ],
    ['edge', ingress({ 'nginx.ingress.kubernetes.io/proxy-send-timeout': '1h' }), 'must be a number of seconds'],
    ['edge', ingress({ 'alb.ingress.kubernetes.io/listen-ports': '[{HTTPS:443}]' }), 'must be JSON such as'],
    ['edge', ingress({ 'alb.ingress.kubernetes.io/target-type': 'instance' }), 'must be ip, because the Service'],
    [
      'edge',
      ingress({ 'nginx.ingress.kubernetes.io/denylist-source-range': 'office' }),
      'must be addresses and ranges',
    ],
    ['edge', ingress({ 'nginx.ingress.kubernetes.io/limit-rpm': '1 per second' }), 'must be a whole number'],
    ['edge', ingress({ 'alb.ingress.kubernetes.io/certificate-arn': 'shop' }), 'must be the ARN of a certificate'],
    ['edge', ingress({ 'cert-manager.io/renew-before': '30d' }), 'must be a time in hours, minutes and seconds'],
    ['edge', other({ class: 'nginx' }), 'edge.kind: other and edge.class cannot be combined'],
    ['edge', { kind: 'other', host: 'code.example.com' }, 'edge.namespace is missing'],
    ['kubernetes.nodeSelector', { 'kubernetes.io/os': 'windows' }, 'all images are for linux'],
    ['worker.nodeSelector', { 'kubernetes.io/arch': 'aarch64' }, 'which no node has; use amd64 or arm64'],
    ['server.nodeSelector', { 'kubernetes.io/zone': 'a' }, 'did you mean topology.kubernetes.io/zone?'],
    ['server.nodeSelector', { 'kubernetes.io/host': 'a' }, 'did you mean kubernetes.io/hostname?'],
    ['server.nodeSelector', { 'topology.kubernetes.io/zones': 'a' }, 'did you mean topology.kubernetes.io/zone?'],
    [
      'kubernetes.topologySpreadConstraints',
      [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule' }],
      'did you mean kubernetes.io/hostname?',
    ],
    ['server.memory', '512m', 'of MiB from 128 to 1048576, such as 2048 or 2Gi, got "512m"'],
    ['server.cpus', '100Mi', 'a number of CPUs from 0.1 to 1024, such as 1.5 or 500m, got "100Mi"'],
  ])('%s: %j', (key, value, message) => {
    expect(() => read({ [key]: value })).toThrow(message)
  })

  test('and an architecture for which no image is built', () => {
    const image = { registry: 'registry.example.com/team', platforms: ['linux/amd64'] }
    const arm = { 'kubernetes.io/arch': 'arm64' }
    expect(() => read({ image, 'kubernetes.nodeSelector': arm })).toThrow('add linux/arm64')
    expect(() => read({ image, 'ollama.nodeSelector': arm })).not.toThrow()
  })

  test('and base backups at a time in another zone', () => {
    const settings = { 'database.cnpg': { archive: {} }, backup: bucket({ timeZone: 'Europe/Berlin' }) }
    expect(() => read(settings)).toThrow('database.cnpg.archive and backup.timeZone cannot be combined')
  })

  test('and a source of a variable on Docker', () => {
    const env = { OLLAMA_KEEP_ALIVE: { secretKeyRef: { name: 'a', key: 'b' } } }
    expect(() => read({ 'ollama.env': env }, 'docker')).toThrow('ollama.env.OLLAMA_KEEP_ALIVE names a source')
  })
})

test.each<Group>([
  { 'postgres.parameters': { log_min_duration_statement: '500ms', jit: false, 'auto_explain.log_analyze': true } },
  { 'postgres.parameters': { max_connections: 400, shared_preload_libraries: 'pg_stat_statements' } },
  { 'database.url': `${URL_OF_DATABASE}?sslmode=require&channel_binding=require` },
  { 'database.external': external({ host: 'a.b.rds.amazonaws.com' }) },
  { ollama: { model: 'registry.example.com/library/all-minilm', insecure: true } },
  { 'ollama.env': { OLLAMA_ORIGINS: '*,https://app.example.com,app://*', OLLAMA_VULKAN: '1' } },
  { backup: { storageClass: 'cheap', timeZone: 'America/New_York' } },
  { edge: ingress({ 'nginx.ingress.kubernetes.io/proxy-read-timeout': 3600 }) },
  { edge: ingress({ 'nginx.ingress.kubernetes.io/whitelist-source-range': '10.0.0.0/8, fd00::/8,192.168.1.7' }) },
  { edge: ingress({ 'cert-manager.io/duration': '2160h0m0s' }) },
  { edge: other({ path: '/code', scheme: 'https' }) },
  { 'kubernetes.nodeSelector': { 'beta.kubernetes.io/arch': 'arm64', 'node.kubernetes.io/pool': 'a' } },
  { 'server.env': { KEY: { valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } } } },
])('%j is accepted', (settings) => {
  expect(() => read(settings)).not.toThrow()
})
