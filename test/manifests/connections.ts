import type { Peer } from './cluster.ts'

// Written by hand from what each part does. Nothing here comes from the code that creates the policies.

/** Components with pods, by the label `app.kubernetes.io/component`. */
type Component =
  | ('server' | 'worker' | 'migration' | 'model' | 'roles' | 'backup' | 'restore-test')
  | ('postgres' | 'ollama')

const NAMESPACE = 'codebase-mcp'

/** Other peers that connect to the components, or that the components could connect to. */
export const OTHERS = {
  'another pod of the namespace': { namespace: NAMESPACE, labels: { app: 'other' }, ip: '10.244.1.1' },
  'a client': { namespace: 'agents', labels: { app: 'agent' }, ip: '10.244.1.2' },
  'the gateway': { namespace: 'gateways', labels: { app: 'gateway' }, ip: '10.244.1.3' },
  prometheus: { namespace: 'monitoring', labels: { app: 'prometheus' }, ip: '10.244.1.4' },
  'a stranger': { namespace: 'strangers', labels: { app: 'stranger' }, ip: '10.244.1.5' },
  dns: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, ip: '10.244.1.6' },
  'another pod of the system': { namespace: 'kube-system', labels: { 'k8s-app': 'metrics-server' }, ip: '10.244.1.7' },
  'a server inside': { namespace: 'tools', labels: { app: 'gitea' }, ip: '10.244.1.8' },
  'an instance of cnpg': {
    namespace: NAMESPACE,
    labels: {
      'cnpg.io/cluster': 'postgres',
      'app.kubernetes.io/name': 'codebase-mcp',
      'app.kubernetes.io/instance': NAMESPACE,
    },
    ip: '10.244.1.9',
  },
  'the operator of cnpg': {
    namespace: 'cnpg-system',
    labels: { 'app.kubernetes.io/name': 'cloudnative-pg' },
    ip: '10.244.1.10',
  },
  'the dns cache of the node': { ip: '169.254.20.10' },
  'the metadata of the machine': { ip: '169.254.169.254' },
  'an address outside': { ip: '203.0.113.7' },
  'the given address': { ip: '198.51.100.5' },
} as const satisfies Readonly<Record<string, Peer>>

type Name = Component | keyof typeof OTHERS

/** Each of `from` connects to each of `to` on each of the ports. */
export type Line = readonly [from: readonly Name[], to: readonly Name[], ports: readonly number[]]

const CLIENTS: readonly Component[] = ['server', 'worker', 'migration', 'roles', 'backup', 'restore-test']

const DNS: readonly Name[] = ['dns', 'the dns cache of the node']

/** Peers without policies of the stack. Most network plugins treat pods as addresses too. */
const ANYWHERE: readonly Name[] = [
  ...(['another pod of the namespace', 'a client', 'the gateway', 'prometheus', 'a stranger', 'dns'] as const),
  ...(['another pod of the system', 'a server inside', 'the operator of cnpg'] as const),
  ...(['an address outside', 'the given address'] as const),
]

/** A `roles` Job only exists with the stack's own Postgres. */
const STORED: readonly Line[] = [[CLIENTS, ['postgres'], [5432]]]

const EMBEDDED: readonly Line[] = [
  [['server', 'worker', 'model'], ['ollama'], [11434]],
  [['ollama'], DNS, [53]],
  [['ollama'], ANYWHERE, [443]],
]

const REST: readonly Line[] = [
  [['another pod of the namespace'], ['server'], [8000]],
  [['server', 'worker', 'migration', 'model', 'roles', 'backup', 'restore-test'], DNS, [53]],
  [['worker'], ANYWHERE, [22, 443]],
]

/** Ports on which every peer tries to connect to every other. 53 is also tried over UDP. */
export const PORTS = [22, 53, 80, 443, 5001, 5432, 6432, 8000, 8443, 9000, 9187, 11434]

/** Connections that the settings of the stack prod allow. */
export const BY_DEFAULT: readonly Line[] = [...STORED, ...EMBEDDED, ...REST]

/** With a Gateway, clients, Prometheus, an issuer, a registry and external repositories. */
export const WITH_EVERYTHING: readonly Line[] = [
  ...BY_DEFAULT,
  [['a client', 'the gateway', 'prometheus'], ['server'], [8000]],
  [['prometheus'], ['worker'], [8000]],
  [['server'], ANYWHERE, [8443]],
  [['ollama'], ['the given address'], [5001]],
  [['worker'], ['a server inside'], PORTS],
  [['worker'], ['the given address'], [8443]],
  [['backup', 'restore-test'], ['the given address'], [9000]],
]

/** Open to all clients, with the database and Ollama elsewhere. */
export const WITH_NOTHING_INSIDE: readonly Line[] = [
  ...REST,
  [[...ANYWHERE, 'the dns cache of the node', 'the metadata of the machine'], ['server'], [8000]],
  [['server', 'worker', 'migration', 'backup', 'restore-test'], ['the given address'], [6432]],
  [['server', 'worker', 'model'], ANYWHERE, [443]],
]

/** The operator decides what its instances may connect to. */
export const WITH_CNPG: readonly Line[] = [
  ...EMBEDDED,
  ...REST,
  [['server', 'worker', 'migration', 'backup', 'restore-test'], ['an instance of cnpg'], [5432]],
  [['the operator of cnpg', 'an instance of cnpg'], ['an instance of cnpg'], [5432, 8000]],
  [['an instance of cnpg'], [...ANYWHERE, 'the dns cache of the node', 'the metadata of the machine'], PORTS],
  [['an instance of cnpg'], ['server'], [8000]],
  [['prometheus'], ['server', 'worker'], [8000]],
  [['prometheus'], ['an instance of cnpg'], [9187]],
]

export const isAllowedBy = (lines: readonly Line[], from: string, to: string, port: number) =>
  lines.some(
    ([ones, others, ports]) =>
      (ones as readonly string[]).includes(from) && (others as readonly string[]).includes(to) && ports.includes(port),
  )
