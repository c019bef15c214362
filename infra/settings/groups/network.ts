import { certificates } from '../certificates.ts'
import { checkedText, flag, group, listOf, must, oneOf, setting, text } from '../kinds.ts'
import { annotations, hostName, ipAddress, isDnsLabel, namespaceName, objectName } from '../kubernetes-kinds.ts'
import { ipFamilies, proxy } from '../network-kinds.ts'

const NONE = { otherwise: 'none' }
const KUBERNETES = { target: 'kubernetes' } as const

const path = text(/^\/[\w./-]*$/, 'a path such as /codebase').refine((value) => !/\/\/|\/\.{1,2}(\/|$)/.test(value), {
  error: must('a path without "//", "/./" and "/../"'),
})

const gateway = checkedText(
  (value) => value.split('/').length <= 2 && value.split('/').every((part) => objectName('').safeParse(part).success),
  'a Gateway as namespace/name',
)

const client = checkedText((value) => value === '*' || isDnsLabel(value), 'the name of a namespace, or "*"')

/** The way in, the way out, and what connects to what. */
export const network = {
  edge: group(
    'How clients outside of the cluster reach the server.',
    {
      kind: setting(
        oneOf('none', 'gateway', 'ingress').default('none'),
        '`gateway` (Gateway API), `ingress` or `none`.',
      ),
      host: setting(hostName.optional(), 'Host by which clients call; this or `hosts` is required with `kind`.', NONE),
      hosts: setting(
        listOf(hostName, 'names of hosts').default([]),
        'Hosts by which clients call, where there are several, such as while they move to another one; the first, or `host`, is what clients are told.',
      ),
      scheme: setting(
        oneOf('https', 'http').optional(),
        'Scheme of the addresses that clients are told, where TLS ends before the route, such as at a load balancer.',
        { otherwise: '`https` with a Gateway or `tlsSecret`, else `http`' },
      ),
      path: setting(
        path.default('/'),
        'Path before everything; the server never sees it, which an Ingress needs annotations of its controller for.',
      ),
      gateway: setting(gateway.optional(), 'Gateway, as `namespace/name`.', NONE),
      listener: setting(
        objectName('a listener').optional(),
        'Listener of the Gateway: the one with TLS, where it has another without.',
        { otherwise: 'all of them' },
      ),
      class: setting(objectName('an IngressClass').optional(), 'Class of the Ingress.', { otherwise: 'the cluster’s' }),
      tlsSecret: setting(objectName('a Secret').optional(), 'Secret with certificate and key of the Ingress.', NONE),
      namespace: setting(namespaceName.optional(), 'Namespace of the controller’s pods.', {
        otherwise: 'the Gateway’s',
      }),
      annotations: setting(
        annotations.default({}),
        'Annotations of the route, such as `cert-manager.io/cluster-issuer: letsencrypt`.',
      ),
    },
    { target: 'kubernetes' },
  ),
  network: group('What connects to what, and the way out.', {
    proxy: setting(
      proxy.optional(),
      'The proxy that whatever goes out asks: server, workers with git, pulls of models, backups to a bucket, and builds of the image. What has a login in it arrives by a Secret.',
      NONE,
    ),
    ca: setting(
      certificates.optional(),
      'Certificates of authorities that whatever goes out trusts besides the usual ones: a text in PEM, and on Kubernetes also `{configMap: NAME}` or `{secret: NAME}` with their `key`, else `ca.crt`.',
      NONE,
    ),
    policies: setting(flag.default(true), 'Whether only the connections that the stack needs are allowed.', KUBERNETES),
    clients: setting(
      listOf(client, 'names of namespaces').default([]),
      'Namespaces whose pods may call the server besides its own and the edge’s; `*` for everybody, also from outside of the cluster.',
      KUBERNETES,
    ),
    dns: setting(
      listOf(ipAddress, 'IP addresses').default(['169.254.20.10']),
      'Addresses that answer for names besides the pods of the cluster’s DNS: of a cache on each node, such as NodeLocal DNSCache.',
      KUBERNETES,
    ),
    dnsNamespaces: setting(
      listOf(namespaceName, 'names of namespaces').default([]),
      'Namespaces whose pods answer for names, at ports 53 and 5353, such as `openshift-dns`.',
      KUBERNETES,
    ),
    ipFamilies: setting(
      ipFamilies.optional(),
      'Families of the Services’ addresses, `IPv4`, `IPv6` or both, the first before the other; with `IPv6` server and Ollama listen on both.',
      { ...KUBERNETES, otherwise: 'the cluster’s' },
    ),
  }),
}
