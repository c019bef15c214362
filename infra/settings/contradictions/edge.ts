import type { Values } from '../schema.ts'
import { excluding, type Given } from './given.ts'

/** Checks that the edge has what its kind requires, and nothing that belongs to another kind. */
export function ofEdge({ edge, network }: Values, { edge: given }: Given): string[] {
  if (edge.kind === 'none') {
    return Object.keys(given ?? {})
      .filter((key) => key !== 'kind')
      .map((key) => `edge.${key} requires edge.kind to be gateway or ingress; set it or remove edge.${key}`)
  }
  const host =
    edge.host === undefined && edge.hosts.length === 0
      ? ['edge.host is missing: set it to the host name that clients use, or edge.hosts to several']
      : []
  const own = { gateway: ofGateway, ingress: ofIngress, other: ofOther }[edge.kind]
  return [...host, ...own(edge, network)]
}

/** A route that this program does not create. */
function ofOther(edge: Values['edge'], network: Values['network']): string[] {
  const said = (['gateway', 'listener', 'class', 'tlsSecret'] as const).filter((key) => edge[key] !== undefined)
  const annotated = Object.keys(edge.annotations).length > 0 ? (['annotations'] as const) : []
  return [
    ...[...said, ...annotated].map((key) => excluding('edge.kind: other', `edge.${key}`, 'the route defines it')),
    ...ofNamespace(edge, network),
  ]
}

function ofNamespace({ namespace }: Values['edge'], { policies, clients }: Values['network']): string[] {
  return policies && namespace === undefined && !clients.includes('*')
    ? [
        'edge.namespace is missing: set it to the namespace of the controller’s pods, which network policies must allow; for a load balancer without pods, set network.clients to ["*"]',
      ]
    : []
}

function ofGateway(edge: Values['edge']): string[] {
  const missing =
    edge.gateway === undefined ? ['edge.gateway is missing: set it to the Gateway to attach to, as namespace/name'] : []
  const said = (['class', 'tlsSecret'] as const).filter((key) => edge[key] !== undefined)
  const hosts = new Set([edge.host ?? edge.hosts[0], ...edge.hosts]).size
  const many =
    hosts > MOST_HOSTS
      ? [`edge.hosts has ${hosts} hosts, but an HTTPRoute allows ${MOST_HOSTS}; remove some or create another route`]
      : []
  return [
    ...missing,
    ...many,
    ...said.map((key) => excluding('edge.kind: gateway', `edge.${key}`, 'the Gateway’s listener defines it')),
  ]
}

/** @see https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec */
const MOST_HOSTS = 16

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
const NGINX_REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target'

function ofIngress(edge: Values['edge'], network: Values['network']): string[] {
  const scheme =
    edge.scheme === 'http' && edge.tlsSecret !== undefined
      ? [excluding('edge.scheme: http', 'edge.tlsSecret', 'clients use https with a tlsSecret')]
      : []
  const said = (['gateway', 'listener'] as const)
    .filter((key) => edge[key] !== undefined)
    .map((key) => excluding('edge.kind: ingress', `edge.${key}`, 'an Ingress does not use a Gateway'))
  const faults = [...said, ...scheme]
  if (edge.class !== undefined && CLASS_ANNOTATION in edge.annotations) {
    faults.push(excluding('edge.class', `edge.annotations ${CLASS_ANNOTATION}`, 'an Ingress has one class'))
  }
  const issuer = Object.keys(edge.annotations).find((key) => /^cert-manager\.io\/(cluster-)?issuer$/.test(key))
  if (issuer !== undefined && edge.tlsSecret === undefined) {
    faults.push(
      `edge.annotations has ${issuer}, but edge.tlsSecret, which names the Secret for the certificate, is missing; add that or remove the annotation`,
    )
  }
  faults.push(...ofNamespace(edge, network))
  const rewrite = edge.annotations[NGINX_REWRITE]
  if (rewrite !== undefined && !rewrite.includes('$2')) {
    faults.push(
      `edge.annotations has ${NGINX_REWRITE} ${rewrite}, which sends every path to the same one; write /$2, the part after edge.path`,
    )
  }
  if (edge.path !== '/' && Object.keys(edge.annotations).length === 0) {
    faults.push(
      `edge.path is ${edge.path}, but an Ingress passes it to the server, which does not expect it; add the annotation by which the controller removes it to edge.annotations, or remove edge.path`,
    )
  }
  return faults
}
