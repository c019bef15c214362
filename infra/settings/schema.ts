import { z } from 'zod'
import {
  cpus,
  flag,
  group,
  memory,
  oneOf,
  port,
  secretUrl,
  someOf,
  storage,
  text,
  texts,
  url,
  variables,
  whole,
} from './kinds.ts'

const image = text(/^\S+$/, 'an image reference')
const logSize = text(/^[1-9]\d*[kmg]$/, 'a size such as 10m')
const POSTGRES = ['postgres:', 'postgresql:'] as const

/** Every setting of a stack. Pulumi.yaml documents each; a test compares the two. */
export const schema = z.strictObject({
  target: oneOf('docker', 'kubernetes').default('docker'),
  environment: oneOf('development', 'staging', 'production').default('development'),
  name: text(/^[a-z][a-z0-9-]{0,29}$/, 'up to 30 lower-case letters, digits and hyphens').default('codebase-mcp'),
  running: flag.default(true),
  protectData: flag.default(true),
  profiles: someOf('mcp', 'worker', 'monitoring').default([]),
  liveReload: flag.default(false),
  repositories: texts.default([]),
  server: group({
    port: port.default(8000),
    logLevel: oneOf('debug', 'info', 'warn', 'error').default('info'),
    memory: memory.default(2048),
    cpus: cpus.optional(),
    grace: whole(5, 600).optional(),
    replicas: whole(1, 100).default(2),
    variables: variables.default({}),
  }),
  worker: group({
    memory: memory.default(2048),
    cpus: cpus.optional(),
  }),
  database: group({
    url: secretUrl(...POSTGRES).optional(),
    migrationUrl: secretUrl(...POSTGRES).optional(),
  }),
  postgres: group({
    port: port.default(5432),
    image: image.default('pgvector/pgvector:pg17'),
    memory: memory.default(1024),
    cpus: cpus.optional(),
    storage: storage.default('20Gi'),
    sharedBuffers: memory.optional(),
    maintenanceMemory: whole(16, 1024 * 1024).optional(),
    sharedMemory: whole(64, 1024 * 1024).optional(),
  }),
  ollama: group({
    enabled: flag.default(true),
    url: url('http:', 'https:').optional(),
    port: port.optional(),
    model: text(/^[\w.:/@-]+$/, 'the name of a model').default('all-minilm'),
    insecure: flag.default(false),
    gpu: oneOf('none', 'nvidia', 'amd').default('none'),
    image: image.default('ollama/ollama:0.17.4'),
    memory: memory.default(4096),
    cpus: cpus.optional(),
    storage: storage.default('10Gi'),
  }),
  monitoring: group({
    prometheusPort: port.default(9090),
    prometheusImage: image.default('prom/prometheus:v3.5.0'),
    grafanaPort: port.default(3000),
    grafanaImage: image.default('grafana/grafana:12.2.0'),
    retention: text(/^[1-9]\d*[hdwy]$/, 'a time such as 15d').default('15d'),
    memory: memory.default(512),
  }),
  image: group({
    name: text(/^[a-z0-9][\w./:-]*$/, 'an image name').optional(),
    base: image.default('node:24-trixie-slim'),
    platform: oneOf('linux/amd64', 'linux/arm64').optional(),
    reference: image.optional(),
  }),
  containers: group({
    restarts: whole(0, 100).default(3),
    processes: whole(64, 65536).default(1024),
    logSize: logSize.default('10m'),
    logFiles: whole(1, 100).default(3),
  }),
  kubernetes: group({
    context: text(/\S/, 'the name of a context').optional(),
    cluster: text(/\S/, 'an identifier').optional(),
    namespace: text(/^[a-z0-9][a-z0-9-]{0,62}$/, 'the name of a namespace').optional(),
    storageClass: text(/^\S+$/, 'the name of a storage class').optional(),
    pullSecret: text(/^\S+$/, 'the name of a Secret').optional(),
  }),
})

export type Values = z.output<typeof schema>
