import { Container, type ContainerArgs, type RemoteImage, type Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, secret } from '@pulumi/pulumi'
import { isOfCdi } from '../settings/contradictions/docker.ts'
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

/** Returns the GPUs of the container. Those of AMD are devices of the machine, those of NVIDIA come by a driver. */
function gpusOf({ gpu, gpus, gpuDevices }: OllamaArgs['settings']): Partial<ContainerArgs> {
  if (gpu === 'none') return {}
  if (gpuDevices.some(isOfCdi)) return { deviceRequests: [{ driver: 'cdi', deviceIds: [...gpuDevices] }] }
  if (gpu === 'amd') {
    const devices = ['/dev/kfd', ...(gpuDevices.length === 0 ? ['/dev/dri'] : gpuDevices)]
    return { devices: devices.map((device) => ({ hostPath: device, containerPath: device })) }
  }
  if (gpus !== undefined) return { deviceRequests: [{ driver: 'nvidia', count: gpus, capabilities: ['gpu'] }] }
  return { gpus: gpuDevices.length === 0 ? 'all' : `device=${gpuDevices.join(',')}` }
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
        ...gpusOf(settings),
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
  Object.entries<string | Hidden>({ OLLAMA_NOPRUNE: '1', ...env }).map(([name, value]) =>
    value instanceof Hidden ? secret(interpolate`${name}=${value.reveal()}`) : `${name}=${value}`,
  )

const OLLAMA_RUN = {
  tmpfs: { '/tmp': 'rw,nosuid,nodev,size=256m,mode=1777' },
  healthcheck: { tests: ['CMD', 'ollama', 'list'], interval: '5s', timeout: '5s', startPeriod: '1m0s', retries: 5 },
  wait: true,
  waitTimeout: 120,
  ...stoppedWithin(15),
}
