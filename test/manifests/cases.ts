import { BY_DEFAULT, type Line, WITH_CNPG, WITH_EVERYTHING, WITH_NOTHING_INSIDE } from './connections.ts'

export interface Variant {
  /** Settings on top of those of the stack prod. */
  readonly settings: readonly string[]
  /** The only connections to allow. Undefined if the stack creates no policies. */
  readonly connections?: readonly Line[]
  /** Explanations in addition to those that apply to every variant. */
  readonly explained?: Partial<Explained>
}

/** Checks that the manifests fail on purpose, each with the reason. */
export type Explained = Readonly<Record<'kube-score' | 'checkov', Readonly<Record<string, string>>>>

const of = (group: string, ...settings: readonly string[]) => settings.map((setting) => `${group}.${setting}`)

/** Settings that change the manifests, by topic. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  prod: { settings: [], connections: BY_DEFAULT },
  'not running': { settings: ['running=false'], connections: BY_DEFAULT },
  medium: { settings: ['size=medium'], connections: BY_DEFAULT },
  large: {
    settings: ['size=large', 'worker.scaleOn=queue', ...of('kubernetes', 'quotaCpus=64', 'quotaMemory=262144')],
    connections: BY_DEFAULT,
  },
  'names of the cluster': {
    settings: of(
      'kubernetes',
      'storageClass=fast',
      'pullSecret=pull',
      'priorityClass=high',
      'createNamespace=false',
      'user=20001',
    ),
    connections: BY_DEFAULT,
  },
  openshift: {
    settings: [...of('kubernetes', 'user=null', 'createNamespace=false'), 'network.dnsNamespaces=["openshift-dns"]'],
    connections: BY_DEFAULT,
    explained: {
      'kube-score': { 'container-security-context-user-group-id': 'The cluster chooses the user.' },
      checkov: { CKV_K8S_40: 'The cluster chooses the user.' },
    },
  },
  'claims for clones': {
    settings: ['worker.clonesClaim=true', 'kubernetes.storageClass=fast'],
    connections: BY_DEFAULT,
  },
  'a gpu': {
    settings: of('ollama', 'gpu=nvidia', 'runtimeClass=nvidia', 'tolerateTaints=["gpu"]', 'nodeSelector={"gpu":"yes"}'),
    connections: BY_DEFAULT,
  },
  everything: {
    settings: [
      'profiles=["monitoring"]',
      'network.clients=["agents"]',
      ...of('edge', 'kind=gateway', 'host=code.example.com', 'gateway=gateways/main', 'listener=https', 'path=/code'),
      ...of('access', 'oidcIssuer=https://login.example.com:8443/realm', 'oidcAudience=codebase'),
      ...of('ollama', 'model=198.51.100.5:5001/library/all-minilm', 'insecure=true'),
      'repositories=["https://198.51.100.5:8443/team/shop.git#main","http://gitea.tools.svc:3000/team/cart.git"]',
      ...of('backup', 's3Bucket=backups', 's3AccessKey=id', 's3SecretKey=key', 's3Endpoint=http://198.51.100.5:9000'),
    ],
    connections: WITH_EVERYTHING,
  },
  'nothing inside': {
    settings: [
      'network.clients=["*"]',
      'ollama.url=https://ollama.example.com',
      ...of('database.external', 'host=198.51.100.5', 'port=6432', 'password=secret'),
      ...of('edge', 'kind=ingress', 'host=code.example.com', 'class=haproxy', 'tlsSecret=code'),
    ],
    connections: WITH_NOTHING_INSIDE,
  },
  cnpg: {
    settings: ['database.cnpg.instances=3', 'profiles=["monitoring"]'],
    connections: WITH_CNPG,
    explained: { 'kube-score': { 'networkpolicy-targets-pod': 'The operator makes the pods of the policy cnpg.' } },
  },
  'external secrets': {
    settings: of('secrets', 'store=vault', 'access=codebase-access', 'git=codebase-git', 'webhook=codebase-webhook'),
    connections: BY_DEFAULT,
  },
  'no policies': {
    settings: ['network.policies=false'],
    explained: {
      'kube-score': { 'pod-networkpolicy': 'It is what was asked for.' },
      checkov: { CKV2_K8S_6: 'It is what was asked for.' },
    },
  },
}

/** Versions of Kubernetes for which every manifest must be valid. */
export const VERSIONS = ['1.34', '1.35', '1.36', '1.37'] as const

export const EXPLAINED: Explained = {
  'kube-score': {
    'container-image-pull-policy':
      'A tag is a version and is never moved (policies image-tag and image-digest); Always would keep a pod from starting again while the registry is down.',
  },
  checkov: {
    CKV_K8S_11: 'A CPU limit slows down what would stand idle otherwise; what a pod needs of CPU is requested.',
    CKV_K8S_15: 'As container-image-pull-policy of kube-score.',
    CKV_K8S_43: 'Told by the policy image-digest: the digest of an image of one’s own is a setting of the stack.',
  },
}
