import { isJson } from '../../json.ts'
import type { Values } from '../schema.ts'
import { excluding, type Given, isGiven } from './given.ts'

export function onKubernetes(values: Values, given: Given): string[] {
  const { image, kubernetes, profiles, liveReload } = values
  const faults: string[] = []
  if (image.reference === undefined) faults.push('image.reference is missing: the image that the cluster pulls')
  if (kubernetes.context === undefined) faults.push('kubernetes.context is missing: the context of the kubeconfig')
  const dockerOnly = { liveReload, containers: isGiven(given, 'containers') }
  for (const [key, isSet] of Object.entries(dockerOnly)) {
    if (isSet) faults.push(`${key} is for target docker alone; remove it`)
  }
  for (const profile of profiles.filter((profile) => profile !== 'monitoring')) {
    faults.push(`profiles has ${profile}, which is for target docker alone; remove it`)
  }
  return [
    ...faults,
    ...ofRepositories(values),
    ...ofReplicas(values),
    ...ofAccess(values),
    ...ofGit(values),
    ...ofEdge(values),
    ...ofBackup(values),
    ...ofSecrets(values),
  ]
}

function ofRepositories({ repositories }: Values): string[] {
  return repositories
    .filter((entry) => !isOnServer(entry.replace(/^[^=/:@]+=/, '')))
    .map(
      (entry) =>
        `repositories has ${JSON.stringify(entry)}, and a cluster sees no folders of this machine; write it as https://host/name.git, ssh://git@host/name.git or name=URL#branch`,
    )
}

/** Whether it is written as git writes where a repository is on a server. */
const isOnServer = (url: string) =>
  /^[\w.-]+@[\w.-]+:\S+$/.test(url) || (/^(https?|ssh):\/\/\S+$/.test(url) && URL.canParse(url))

function ofReplicas({ server, worker }: Values): string[] {
  return Object.entries({ server, worker }).flatMap(([key, { replicas, maxReplicas }]) =>
    replicas === undefined || maxReplicas === undefined || replicas <= maxReplicas
      ? []
      : [
          `${key}.replicas, ${replicas}, is more than ${key}.maxReplicas, ${maxReplicas}; lower one, or raise the other`,
        ],
  )
}

function ofAccess({ access, secrets }: Values): string[] {
  const faults: string[] = []
  const given = [access.tokens, access.oidcIssuer, secrets.access].some((each) => each !== undefined)
  if (!access.required && given) {
    faults.push(excluding('access.required: false', 'tokens or an issuer', 'everybody who reaches the server may call'))
  }
  if ((access.oidcIssuer === undefined) !== (access.oidcAudience === undefined)) {
    faults.push('access.oidcIssuer and access.oidcAudience go together; add the one that is missing')
  }
  return faults
}

function ofGit({ git, secrets }: Values): string[] {
  const faults = git.allowedUrls
    .filter((entry) => !isOnServer(entry))
    .map(
      (entry) =>
        `git.allowedUrls has ${JSON.stringify(entry)}; write it as https://host/folder or ssh://git@host/folder`,
    )
  const { credentials } = git
  if (credentials !== undefined && secrets.git === undefined && !isJson(credentials)) {
    faults.push('git.credentials is not JSON; .env.example shows it at GIT_CREDENTIALS')
  }
  return faults
}

function ofEdge({ edge, network }: Values): string[] {
  if (edge.kind === 'none') {
    return edge.host === undefined ? [] : ['edge.host needs edge.kind, gateway or ingress; set it, or remove the host']
  }
  const host = edge.host === undefined ? ['edge.host is missing: the name by which clients call'] : []
  return [...host, ...(edge.kind === 'gateway' ? ofGateway(edge) : ofIngress(edge, network))]
}

function ofGateway(edge: Values['edge']): string[] {
  const missing =
    edge.gateway === undefined ? ['edge.gateway is missing: the Gateway that leads in, as namespace/name'] : []
  const said = (['class', 'tlsSecret'] as const).filter((key) => edge[key] !== undefined)
  return [
    ...missing,
    ...said.map((key) => excluding('edge.kind: gateway', `edge.${key}`, 'the Gateway’s listener says it')),
  ]
}

function ofIngress(edge: Values['edge'], { policies, clients }: Values['network']): string[] {
  const faults = (['gateway', 'listener'] as const)
    .filter((key) => edge[key] !== undefined)
    .map((key) => excluding('edge.kind: ingress', `edge.${key}`, 'only one of them leads in'))
  if (policies && edge.namespace === undefined && !clients.includes('*')) {
    faults.push('edge.namespace is missing: of the controller’s pods, which network policies let in')
  }
  if (edge.path !== '/' && Object.keys(edge.annotations).length === 0) {
    faults.push(
      `edge.path is ${edge.path}, and an Ingress hands it on to a server that does not know it; add the annotation by which its controller takes it away to edge.annotations, or remove the path`,
    )
  }
  return faults
}
function ofBackup({ backup, secrets }: Values): string[] {
  const { s3Endpoint, s3Bucket, s3AccessKey, s3SecretKey } = backup
  if (s3Bucket === undefined) {
    return s3Endpoint === undefined ? [] : ['backup.s3Bucket is missing: where in backup.s3Endpoint backups go']
  }
  const isOpen = (s3AccessKey !== undefined && s3SecretKey !== undefined) || secrets.backup !== undefined
  return isOpen ? [] : ['backup.s3Bucket needs backup.s3AccessKey and backup.s3SecretKey, or secrets.backup; add them']
}

function ofSecrets({ access, git, secrets, backup }: Values): string[] {
  const twice: readonly (readonly [string, boolean, string | undefined])[] = [
    ['access.tokens', access.tokens !== undefined, secrets.access],
    ['git.credentials', git.credentials !== undefined, secrets.git],
    ['git.webhookSecret', git.webhookSecret !== undefined, secrets.webhook],
    ['backup.s3SecretKey', backup.s3SecretKey !== undefined, secrets.backup],
  ]
  return twice
    .filter(([, isGivenHere, elsewhere]) => isGivenHere && elsewhere !== undefined)
    .map(([key, , elsewhere]) => excluding(key, `secrets of the Secret ${elsewhere}`, 'it would be said twice'))
}
