import { apiextensions, networking } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { serviceOf } from './url.ts'
import { placed, type WorkloadArgs } from './workload.ts'

const SERVER = 'server'

/** Access from outside the cluster: an HTTPRoute, an Ingress, or none. */
export class Edge extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Edge', name, {}, opts)
    const { kind, annotations } = args.settings.edge
    const place = placed(args, SERVER, this)
    const { own } = place
    const metadata = { ...place.named(SERVER), annotations: { ...place.metadata.annotations, ...annotations } }
    if (kind === 'gateway') {
      const object = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' }
      new apiextensions.CustomResource(`${name}-route`, { ...object, metadata, spec: routeOf(args.settings) }, own)
    } else if (kind === 'ingress') {
      new networking.v1.Ingress(`${name}-ingress`, { metadata, spec: ingressOf(args.settings) }, own)
    }
    this.registerOutputs({})
  }
}

function routeOf(settings: KubernetesSettings) {
  const { hosts, path, gateway = '', listener } = settings.edge
  const [namespace, name] = gateway.includes('/') ? gateway.split('/') : [undefined, gateway]
  const parent = { name, ...(namespace === undefined ? {} : { namespace }) }
  const rewrite = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }
  return {
    parentRefs: [{ ...parent, ...(listener === undefined ? {} : { sectionName: listener }) }],
    hostnames: hosts,
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: path } }],
        ...(path === '/' ? {} : { filters: [rewrite] }),
        backendRefs: [serviceOf(settings)],
        // No timeout, because clients keep event streams open, and many Gateways end requests after 15 or 30 seconds.
        timeouts: { request: '0s' },
      },
    ],
  }
}

// Streams need no timeout annotations: they send something every 15 seconds, and Ingress controllers only limit idle
// time.
function ingressOf(settings: KubernetesSettings) {
  const { hosts, class: ingressClassName, tlsSecret } = settings.edge
  const { name, port } = serviceOf(settings)
  const backend = { service: { name, port: { number: port } } }
  return {
    ...(ingressClassName === undefined ? {} : { ingressClassName }),
    ...(tlsSecret === undefined ? {} : { tls: [{ hosts, secretName: tlsSecret }] }),
    rules: hosts.map((host) => ({ host, http: { paths: [{ ...pathOf(settings), backend }] } })),
  }
}

const NGINX_REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target'

/** Returns the path of the Ingress. NGINX's controller removes the prefix only if the path is a regular expression. */
function pathOf({ edge: { path, annotations } }: KubernetesSettings) {
  return annotations[NGINX_REWRITE]?.includes('$2')
    ? { path: `${path.replace(/\/+$/, '')}(/|$)(.*)`, pathType: 'ImplementationSpecific' }
    : { path, pathType: 'Prefix' }
}
