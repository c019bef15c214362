import { certificates } from '../certificates.ts'
import { checkedText, flag, group, listOf, must, oneOf, setting, text } from '../kinds.ts'
import {
  annotations,
  hostName,
  ipAddress,
  isDnsLabel,
  isSubdomain,
  namespaceName,
  objectName,
} from '../kubernetes-kinds.ts'
import { ipFamilies, proxy } from '../network-kinds.ts'

const NONE = { otherwise: 'none' }
const KUBERNETES = { target: 'kubernetes' } as const

const path = text(/^\/[\w./-]*$/, 'a path such as /codebase').refine((value) => !/\/\/|\/\.{1,2}(\/|$)/.test(value), {
  error: must('a path without "//", "/./" and "/../"'),
})

const gateway = checkedText((value) => {
  const [name = '', namespace = 'default', ...more] = value.split('/').toReversed()
  return isSubdomain(name) && isDnsLabel(namespace) && more.length === 0
}, 'a Gateway as namespace/name')

const client = checkedText((value) => value === '*' || isDnsLabel(value), 'the name of a namespace, or "*"')

/** Access from outside, outgoing connections, and network policies. */
export const network = {
  edge: group(
    'Access from outside the cluster.',
    {
      kind: setting(
        oneOf('none', 'gateway', 'ingress', 'other').default('none'),
        '`gateway` (Gateway API), `ingress`, `none`, or `other` for a route that this program does not create, such as an OpenShift Route or a VirtualService of Istio.',
      ),
      host: setting(hostName.optional(), 'Host name that clients use. `kind` requires this or `hosts`.', NONE),
      hosts: setting(
        listOf(hostName, 'names of hosts')
          .refine((hosts) => new Set(hosts).size === hosts.length, { error: 'has duplicate entries' })
          .default([]),
        'Host names, if there are several, for example during a move. Printed URLs use `host`, or else the first of these.',
      ),
      scheme: setting(
        oneOf('https', 'http').optional(),
        'Scheme of printed URLs. Set `https` if TLS is terminated before the route, such as at a load balancer.',
        { otherwise: '`https` with a Gateway or `tlsSecret`, else `http`' },
      ),
      path: setting(
        path.default('/'),
        'Path prefix. The route removes it before the request reaches the server; an Ingress needs annotations of its controller for that.',
      ),
      gateway: setting(gateway.optional(), 'Gateway to attach to, as `namespace/name`.', NONE),
      listener: setting(
        objectName('a listener').optional(),
        'Listener of the Gateway. Choose the one with TLS if there are others.',
        { otherwise: 'all listeners' },
      ),
      class: setting(objectName('an IngressClass').optional(), 'IngressClass.', { otherwise: 'the cluster’s default' }),
      tlsSecret: setting(
        objectName('a Secret').optional(),
        'Secret with the certificate and key of the Ingress.',
        NONE,
      ),
      namespace: setting(namespaceName.optional(), 'Namespace of the controller’s pods.', {
        otherwise: 'the Gateway’s namespace',
      }),
      annotations: setting(
        annotations.default({}),
        'Annotations of the route, such as `cert-manager.io/cluster-issuer: letsencrypt`.',
      ),
    },
    { target: 'kubernetes' },
  ),
  network: group('Network policies, and how the stack reaches the outside.', {
    proxy: setting(
      proxy.optional(),
      'Proxy for all outgoing connections: server, workers and git, model pulls, backups to a bucket, and image builds. URLs with a login are passed in a Secret.',
      NONE,
    ),
    ca: setting(
      certificates.optional(),
      'Additional CA certificates to trust for outgoing connections: PEM text, or on Kubernetes `{configMap: NAME}` or `{secret: NAME}`, with `key` if it is not `ca.crt`.',
      NONE,
    ),
    policies: setting(
      flag.default(true),
      'Create network policies that allow only the connections that the stack needs.',
      KUBERNETES,
    ),
    clients: setting(
      listOf(client, 'names of namespaces').default([]),
      'Namespaces whose pods may call the server, besides its own and the edge’s. `*` allows everyone, including clients outside the cluster.',
      KUBERNETES,
    ),
    dns: setting(
      listOf(ipAddress, 'IP addresses').default(['169.254.20.10']),
      'Addresses of DNS servers besides the cluster’s DNS pods, such as NodeLocal DNSCache.',
      KUBERNETES,
    ),
    dnsNamespaces: setting(
      listOf(namespaceName, 'names of namespaces').default([]),
      'Namespaces of DNS pods, such as `openshift-dns`. Ports 53 and 5353 are allowed.',
      KUBERNETES,
    ),
    ipFamilies: setting(
      ipFamilies.optional(),
      'IP families of the Services in order of preference: `IPv4`, `IPv6` or both. With `IPv6`, the server and Ollama listen on both.',
      { ...KUBERNETES, otherwise: 'the cluster’s default' },
    ),
  }),
}
