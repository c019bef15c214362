import { Container, type RemoteImage, type Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, secret } from '@pulumi/pulumi'
import type { Variables } from '../settings/encrypted-values.ts'
import { Hidden } from '../settings/hidden.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { hardened, limited, replaced, restarted, type Surroundings, stackLabel, stoppedWithin } from './hardening.ts'
import type { Networks } from './network.ts'

interface OllamaArgs extends Surroundings {
  readonly settings: DockerSettings['ollama']
  readonly image: RemoteImage
  readonly volume: Volume
  readonly networks: Networks
}

/** Folder of Ollama's models. */
export const MODELS = '/root/.ollama'

const PORT = 11434

// AMD GPUs are passed as devices, NVIDIA GPUs by the engine's runtime.
const GPUS = {
  none: {},
  nvidia: { gpus: 'all' },
  amd: { devices: ['/dev/kfd', '/dev/dri'].map((device) => ({ hostPath: device, containerPath: device })) },
}

/** Ollama, which other containers reach as `ollama`. It cannot reach the outside: another container pulls the model. */
export class Ollama extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: OllamaArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Ollama', name, {}, opts)
    const { settings, networks } = args
    const published =
      settings.port === undefined ? {} : { ports: [{ internal: PORT, external: settings.port, ip: '127.0.0.1' }] }
    this.container = new Container(
      `${name}-container`,
      {
        ...hardened(args),
        ...restarted(args),
        ...limited(settings),
        ...OLLAMA_RUN,
        ...GPUS[settings.gpu],
        ...published,
        name: `${args.name}-ollama`,
        image: args.image.name,
        envs: environmentOf(settings),
        labels: [stackLabel(args.name)],
        mounts: [{ type: 'volume', source: args.volume.name, target: MODELS }],
        networksAdvanced: [
          { name: networks.internal, aliases: ['ollama'] },
          ...(settings.port === undefined ? [] : [{ name: networks.edge }]),
        ],
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}

/** Without OLLAMA_NOPRUNE, Ollama would remove at startup what another container is still pulling. */
const environmentOf = ({ env }: OllamaArgs['settings']): Input<string>[] =>
  Object.entries<Variables[string]>({ OLLAMA_NOPRUNE: '1', ...env }).map(([name, value]) =>
    value instanceof Hidden
      ? secret(interpolate`${name}=${value.reveal()}`)
      : `${name}=${typeof value === 'string' ? value : ''}`,
  )

const OLLAMA_RUN = {
  tmpfs: { '/tmp': 'rw,nosuid,nodev,size=256m,mode=1777' },
  healthcheck: { tests: ['CMD', 'ollama', 'list'], interval: '5s', timeout: '5s', startPeriod: '1m0s', retries: 5 },
  wait: true,
  waitTimeout: 120,
  ...stoppedWithin(15),
}
