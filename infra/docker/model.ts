import { stripVTControlCharacters } from 'node:util'
import { Container, type ContainerArgs, type RemoteImage, type Volume } from '@pulumi/docker'
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  log,
  type Output,
  RunError,
} from '@pulumi/pulumi'
import { upCommand } from '../printed-commands.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { type Egress, egressOf } from './egress.ts'
import { ENGINE_HOST, hardened, hostsOf, limited, replaced, type Surroundings, stackLabel } from './hardening.ts'
import { MODELS } from './ollama.ts'

interface ModelArgs extends Surroundings {
  readonly settings: DockerSettings
  readonly from: PullIntoVolume | PullThroughApi
}

/** Pulls into the volume of the stack's own Ollama, in a container of its image. */
interface PullIntoVolume {
  readonly image: RemoteImage
  readonly volume: Volume
}

/** Pulls through the API of an external Ollama, in a container of the server's image. */
interface PullThroughApi {
  readonly serverImage: Input<string>
  readonly url: string
  readonly network: Output<string>
}

/** Pulls the embedding model. */
export class Model extends ComponentResource {
  /** Name of the model. Resolves when it has been pulled. */
  readonly pulled: Output<string>

  constructor(name: string, args: ModelArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Model', name, {}, opts)
    const { settings, from } = args
    const { ollama } = settings
    const runs = 'url' in from ? 'service' : 'ollama'
    const image = 'url' in from ? from.serverImage : from.image.name
    const egress = egressOf(settings, { part: 'model', image, runs }, this)
    const container = new Container(
      `${name}-pull`,
      {
        ...hardened(args),
        ...limited(ollama),
        ...PULL_RUN,
        ...('url' in from ? throughApi(ollama, from, egress) : intoVolume(ollama, from, egress)),
        // The proxy, or the external Ollama, may run on this machine.
        ...hostsOf(args, ...('url' in from || Object.keys(egress.variables).length > 0 ? [ENGINE_HOST] : [])),
        name: `${args.name}-model`,
        labels: [stackLabel(args.name), ...egress.labels],
      },
      { parent: this, ...replaced, customTimeouts: { create: '2h' } },
    )
    this.pulled = all([container.exitCode, container.containerLogs]).apply(async ([exitCode, told]) => {
      if (exitCode === undefined || exitCode === 0) return ollama.model
      await log.error(failure(ollama.model, told ?? ''), container)
      throw new RunError(`The server was not changed because it needs ${ollama.model}`)
    })
    this.registerOutputs({ pulled: this.pulled })
  }
}

/** Returns the message for a failed pull, with the last lines of its log. */
export function failure(model: string, log: string): string {
  const lines = stripVTControlCharacters(log).split(/[\r\n]+/)
  const told = lines
    .filter((line) => line.trim() !== '')
    .slice(-3)
    .join('\n  ')
  return (
    `The model ${JSON.stringify(model)} was not pulled:\n  ${told}\n` +
    'Correct codebase-mcp:ollama.model (or codebase-mcp:ollama.insecure, for a registry without TLS), or check that its registry is reachable; ' +
    `then run \`${upCommand()}\` again.`
  )
}

const PULL_RUN = { mustRun: false, attach: true, logs: true }

type Run = Pick<ContainerArgs, 'image'> & Partial<ContainerArgs>

// Only this container can reach the outside. The Ollama that processes source code cannot.
function intoVolume(
  { model, insecure }: DockerSettings['ollama'],
  { image, volume }: PullIntoVolume,
  { variables, mounts }: Egress,
): Run {
  return {
    image: image.name,
    entrypoints: ['/bin/sh'],
    command: ['-c', PULL, 'pull', ...(insecure ? ['--insecure'] : []), model],
    envs: ['OLLAMA_NOPRUNE=1', 'HOME=/root', ...linesOf(variables)],
    tmpfs: { '/tmp': 'rw,nosuid,nodev,size=64m,mode=1777' },
    mounts: [{ type: 'volume', source: volume.name, target: MODELS }, ...mounts],
    networkMode: 'bridge',
  }
}

const linesOf = (variables: Egress['variables']) => Object.entries(variables).map(([name, value]) => `${name}=${value}`)

const PULL = `
set -e
ollama serve >/tmp/serve.log 2>&1 &
tries=0
until ollama list >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { cat /tmp/serve.log; exit 1; }
  sleep 0.5
done
exec ollama pull "$@"
`

function throughApi(
  { model, insecure }: DockerSettings['ollama'],
  { serverImage, url, network }: PullThroughApi,
  { variables, mounts }: Egress,
): Run {
  return {
    image: serverImage,
    command: ['pull-model'],
    envs: [
      `OLLAMA_BASE_URL=${url}`,
      `EMBEDDING_MODEL=${model}`,
      `EMBEDDING_MODEL_INSECURE=${insecure}`,
      ...linesOf(variables),
    ],
    mounts: [...mounts],
    networksAdvanced: [{ name: network }],
  }
}
