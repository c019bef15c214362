import { Container, type RemoteImage, type Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { hardened, memoryLimit, replaced, restarted } from './hardening.ts'
import type { Networks } from './network.ts'

interface OllamaArgs {
  readonly name: string
  readonly image: RemoteImage
  readonly memory: number
  readonly volume: Volume
  readonly networks: Networks
}

/** Where Ollama keeps its models. */
export const MODELS = '/root/.ollama'

/** Ollama, which other containers reach as `ollama`. It reaches nothing: the model is there already, or comes by another container. */
export class Ollama extends ComponentResource {
  readonly container: Container

  constructor(name: string, args: OllamaArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Ollama', name, {}, opts)
    this.container = new Container(
      `${name}-container`,
      {
        ...hardened,
        ...restarted,
        ...memoryLimit(args.memory),
        ...OLLAMA_RUN,
        name: `${args.name}-ollama`,
        image: args.image.name,
        mounts: [{ type: 'volume', source: args.volume.name, target: MODELS }],
        networksAdvanced: [{ name: args.networks.internal, aliases: ['ollama'] }],
      },
      { parent: this, ...replaced },
    )
    this.registerOutputs({ containerId: this.container.id })
  }
}

const OLLAMA_RUN = {
  // At its start it would remove what another container is still pulling.
  envs: ['OLLAMA_NOPRUNE=1'],
  tmpfs: { '/tmp': 'rw,nosuid,nodev,size=256m,mode=1777' },
  healthcheck: { tests: ['CMD', 'ollama', 'list'], interval: '5s', timeout: '5s', startPeriod: '1m0s', retries: 5 },
  wait: true,
  waitTimeout: 120,
  destroyGraceSeconds: 15,
  stopTimeout: 15,
}
