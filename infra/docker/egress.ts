import type { ComponentResource, Input, Output } from '@pulumi/pulumi'
import { CERTIFICATES_FILE, CERTIFICATES_FOLDER, egressVariables, hostIn } from '../egress.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { Files } from './files.ts'
import { ENGINE_HOST } from './hardening.ts'

/** Environment, mounts and labels of a container that connects to hosts outside the stack. */
export interface Egress {
  readonly variables: Readonly<Record<string, string>>
  readonly mounts: readonly Files['mount'][]
  /** Change with the certificates, so that the container is replaced. */
  readonly labels: readonly { readonly label: string; readonly value: Output<string> }[]
}

interface EgressPart {
  /** Name of the container, without the stack's name. */
  readonly part: string
  /** Any image on the engine. */
  readonly image: Input<string>
  readonly runs: 'service' | 'ollama'
}

export function egressOf(
  settings: DockerSettings,
  { part, image, runs }: EgressPart,
  parent: ComponentResource,
): Egress {
  const { ca } = settings.network
  const variables = egressVariables(settings.network, runs, () => directHosts(settings))
  const place = { stack: settings.name, name: `${part}-certificates`, image, folder: CERTIFICATES_FOLDER }
  const files =
    ca === undefined
      ? []
      : [new Files(`${part}-certificates`, { ...place, files: { [CERTIFICATES_FILE]: ca } }, { parent })]
  return {
    variables,
    mounts: files.map(({ mount }) => mount),
    labels: files.map(({ version }) => ({ label: 'certificates', value: version })),
  }
}

/**
 * Returns the hosts to connect to without the proxy: those of the stack's networks, this machine, and an external
 * Ollama.
 */
const directHosts = ({ ollama }: DockerSettings) => [
  'server',
  'worker',
  'postgres',
  'ollama',
  ENGINE_HOST.host,
  ...(ollama.url === undefined ? [] : [hostIn(ollama.url)]),
]
