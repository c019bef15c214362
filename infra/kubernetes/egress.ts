import { isIP } from 'node:net'
import type { Input } from '@pulumi/pulumi'
import { CERTIFICATES_FILE, CERTIFICATES_FOLDER, egressVariables, hostIn } from '../egress.ts'
import type { Variables } from '../settings/encrypted-values.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { called } from './metadata.ts'
import { keyHosts } from './network/identity.ts'
import type { Part } from './pod.ts'

/** Components whose pods connect to hosts outside the stack. */
const WITH_EGRESS: readonly string[] = ['server', 'worker', 'migration', 'ollama', 'model', 'backup', 'restore-test']

export const hasEgress = (component: string) => WITH_EGRESS.includes(component)

/** Returns the environment variables for outgoing connections of a component. Empty if it has none. */
export function egressOf(settings: KubernetesSettings, component: string): Variables {
  if (!hasEgress(component)) return {}
  const runs = component === 'ollama' ? 'ollama' : 'service'
  return egressVariables(settings.network, runs, () => directHosts(settings))
}

/**
 * Returns the hosts to connect to without the proxy: the Services of the stack, all Services by their long names,
 * addresses, and names without a dot.
 */
function directHosts(settings: KubernetesSettings): string[] {
  const { ollama, access, backup, git, repositories, sources } = settings
  const services = ['server', 'postgres', 'ollama'].map((name) => called(settings, name))
  const fetched = [...repositories, ...git.allowedUrls].map((entry) => entry.replace(/^[^=/:@]+=/, ''))
  const given = [backup.s3Endpoint, access.oidcIssuer, ...fetched, ...sources.map((each) => each.url)].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? [hostIn(url)] : [],
  )
  const near = given.filter((host) => isIP(host) !== 0 || !host.includes('.'))
  return [
    ...services,
    '.svc',
    '.cluster.local',
    ...(ollama.url === undefined ? [] : [hostIn(ollama.url)]),
    ...new Set(near),
    ...keyHosts(backup),
  ]
}

/** An object with certificates, and its key that holds them. */
interface CertificatesSource {
  readonly configMap?: Input<string> | undefined
  readonly secret?: Input<string> | undefined
  readonly key: string
}

export function certificatesPart({ configMap, secret, key }: CertificatesSource): Part {
  const files = { items: [{ key, path: CERTIFICATES_FILE }], defaultMode: 0o444 }
  const source =
    secret === undefined
      ? { configMap: { name: configMap ?? '', ...files } }
      : { secret: { secretName: secret, ...files } }
  return {
    volume: { name: 'certificates', ...source },
    mount: { name: 'certificates', mountPath: CERTIFICATES_FOLDER, readOnly: true },
  }
}
