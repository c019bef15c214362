import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { selfSigned } from '../docker/git-server.ts'
import { kubectl, withObject } from './cluster.ts'
import { thisMachine } from './repository.ts'

const NAME = 'proxy'
const SCRIPT = readFileSync(new URL('./proxy-server.ts', import.meta.url), 'utf8')

export interface Fronts {
  /** Certificate of all fronts, as PEM. */
  readonly certificate: string
  /** Port of each host, on every address of this machine. */
  readonly ports: Readonly<Record<string, number>>
  close(): Promise<void>
}

/**
 * Puts TLS in front of servers on this machine.
 * @param behind URL of the server behind each host
 */
export async function startFronts(behind: Readonly<Record<string, URL>>): Promise<Fronts> {
  const { key, certificate } = await certificateFor(Object.keys(behind))
  const open = new Set<Socket>()
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    return socket
  }
  const servers = await Promise.all(
    Object.entries(behind).map(async ([host, { hostname, port }]) => {
      const server = createServer({ key, cert: certificate }, (client) => {
        const there = keep(connect(Number(port), hostname))
        keep(client).pipe(there).pipe(client)
      })
      server.listen(0, '0.0.0.0')
      await once(server, 'listening')
      return { host, server }
    }),
  )
  const portOf = (address: ReturnType<(typeof servers)[number]['server']['address']>) =>
    typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    certificate,
    ports: Object.fromEntries(servers.map(({ host, server }) => [host, portOf(server.address())])),
    async close() {
      for (const socket of open) socket.destroy()
      for (const { server } of servers) server.close()
    },
  }
}

async function certificateFor(hosts: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-certificate-'))
  try {
    const { key, certificate } = await selfSigned(folder, ...hosts)
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Starts a proxy in an existing namespace. Only the proxy can resolve the hosts, to this machine. */
export async function startProxy(namespace: string, image: string, hosts: readonly string[]) {
  const metadata = { name: NAME, labels: { app: NAME } }
  const make = (object: object) => withObject(namespace, { ...object, metadata }, 'apply')
  await make({ apiVersion: 'v1', kind: 'ConfigMap', data: { 'proxy.ts': SCRIPT } })
  await make({ apiVersion: 'v1', kind: 'Service', spec: { selector: { app: NAME }, ports: [{ port: 3128 }] } })
  await make({ apiVersion: 'v1', kind: 'Pod', spec: podOf(image, hosts) })
  await kubectl(namespace, 'wait', '--for=condition=Ready', `pod/${NAME}`, '--timeout=60s')
  return {
    url: `http://${NAME}.${namespace}.svc:3128`,
    /** Returns the requests so far, such as `CONNECT git.example.com:443`. */
    asked: async () => (await kubectl(namespace, 'logs', NAME)).split('\n'),
  }
}

const podOf = (image: string, hosts: readonly string[]) => ({
  automountServiceAccountToken: false,
  hostAliases: [{ ip: thisMachine(), hostnames: hosts }],
  securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: NAME,
      image,
      command: ['/usr/local/bin/node', '/proxy/proxy.ts'],
      volumeMounts: [{ name: NAME, mountPath: '/proxy' }],
      readinessProbe: { tcpSocket: { port: 3128 }, periodSeconds: 1 },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    },
  ],
  volumes: [{ name: NAME, configMap: { name: NAME } }],
})
