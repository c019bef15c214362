import { clientSettings } from '../client-settings.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { SERVER_URL } from './bridge.ts'
import { ENGINE_HOST } from './hardening.ts'
import { PROGRAM } from './service.ts'

const HOST = '127.0.0.1'

/** Returns the addresses and client settings of the stack. */
export function outputsOf({ name, server, image, profiles, ports }: DockerSettings) {
  const url = `http://${HOST}:${server.port}`
  const reference = 'reference' in image ? image.reference : image.name
  const bridge = (...options: string[]) => ['docker', 'run', '-i', '--rm', ...options, reference, 'mcp'] as const
  const toPort = (host: string) => `SERVER_URL=http://${host}:${server.port}`
  return {
    url,
    mcpUrl: `${url}/mcp`,
    clients: clientSettings({
      url,
      bridge: bridge('--network', `${name}-internal`, '-e', `SERVER_URL=${SERVER_URL}`),
      otherBridges: {
        hostNetwork: bridge('--network', 'host', '-e', toPort(HOST)),
        // Engines in a virtual machine resolve this name to the machine's loopback address; engines on Linux do not.
        dockerDesktop: bridge('--add-host', `${ENGINE_HOST.host}:${ENGINE_HOST.ip}`, '-e', toPort(ENGINE_HOST.host)),
        ...(profiles.has('mcp') ? { container: ['docker', 'exec', '-i', `${name}-mcp`, ...PROGRAM, 'mcp'] } : {}),
      },
    }),
    published: Object.fromEntries(ports.map(({ key, port }) => [key.replace(/\.?[pP]ort$/, ''), `${HOST}:${port}`])),
  }
}
