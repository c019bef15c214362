import { apiextensions, networking } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { placed, type WorkloadArgs } from './workload.ts'

const SERVICE = { name: 'server', port: 8000 }

/** The way in from outside of the cluster: a route of a Gateway, an Ingress, or none. */
export class Edge extends ComponentResource {
  constructor(name: string, args: WorkloadArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Edge', name, {}, opts)
    const { kind, annotations } = args.settings.edge
    const { metadata, own } = placed(args, SERVICE.name, this)
    const named = { ...metadata, name: SERVICE.name, annotations }
    if (kind === 'gateway') {
      const object = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' }
      new apiextensions.CustomResource(
        `${name}-route`,
        { ...object, metadata: named, spec: routeOf(args.settings) },
        own,
      )
    } else if (kind === 'ingress') {
      new networking.v1.Ingress(`${name}-ingress`, { metadata: named, spec: ingressOf(args.settings) }, own)
    }
    this.registerOutputs({})
  }
}

function routeOf({ edge: { host, path, gateway = '', listener } }: KubernetesSettings) {
  const [namespace, name] = gateway.includes('/') ? gateway.split('/') : [undefined, gateway]
  const parent = { name, ...(namespace === undefined ? {} : { namespace }) }
  const rewrite = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }
  return {
    parentRefs: [{ ...parent, ...(listener === undefined ? {} : { sectionName: listener }) }],
    hostnames: [host],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: path } }],
        ...(path === '/' ? {} : { filters: [rewrite] }),
        backendRefs: [SERVICE],
        // None: a client may keep a stream of events open, and many Gateways end requests after 15 or 30 seconds.
        timeouts: { request: '0s' },
      },
    ],
  }
}

// Without annotations for streams: they say something every 15 seconds, and Ingress controllers limit only silence.
function ingressOf({ edge: { host = '', path, class: ingressClassName, tlsSecret } }: KubernetesSettings) {
  const backend = { service: { name: SERVICE.name, port: { number: SERVICE.port } } }
  return {
    ...(ingressClassName === undefined ? {} : { ingressClassName }),
    ...(tlsSecret === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecret }] }),
    rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }],
  }
}

/** The names by which the server may be called: those of its Service, and that of the edge. */
export function hostsOf({ cluster: { namespace }, edge }: KubernetesSettings): readonly string[] {
  const { name } = SERVICE
  const inside = [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`]
  return ['localhost', '127.0.0.1', ...inside, ...(edge.host === undefined ? [] : [edge.host])]
}

/** Under which clients call it, without a slash at the end. */
export function urlOf({ cluster: { namespace }, edge }: KubernetesSettings): string {
  const { kind, host, path, tlsSecret } = edge
  if (kind === 'none' || host === undefined) return `http://${SERVICE.name}.${namespace}.svc:${SERVICE.port}`
  const isEncrypted = kind === 'gateway' || tlsSecret !== undefined
  return `${isEncrypted ? 'https' : 'http'}://${host}${path.replace(/\/+$/, '')}`
}
