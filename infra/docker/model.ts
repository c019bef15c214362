import { stripVTControlCharacters } from 'node:util'
import { Container, type RemoteImage, type Volume } from '@pulumi/docker'
import { all, ComponentResource, type ComponentResourceOptions, log, type Output, RunError } from '@pulumi/pulumi'
import { hardened, memoryLimit, replaced } from './hardening.ts'
import { MODELS } from './ollama.ts'

interface ModelArgs {
  readonly name: string
  readonly image: RemoteImage
  readonly model: string
  readonly insecure: boolean
  readonly memory: number
  readonly volume: Volume
}

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

/**
 * The model in Ollama's volume. A container of its own pulls it and ends, and it alone has a way out: the Ollama that
 * sees the code has none.
 */
export class Model extends ComponentResource {
  /** The model's name, once it is there. */
  readonly pulled: Output<string>

  constructor(name: string, args: ModelArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Model', name, {}, opts)
    const options = args.insecure ? ['--insecure'] : []
    const container = new Container(
      `${name}-pull`,
      {
        ...hardened,
        ...memoryLimit(args.memory),
        ...PULL_RUN,
        name: `${args.name}-model`,
        image: args.image.name,
        command: ['-c', PULL, 'pull', ...options, args.model],
        mounts: [{ type: 'volume', source: args.volume.name, target: MODELS }],
      },
      { parent: this, ...replaced, customTimeouts: { create: '2h' } },
    )
    this.pulled = all([container.exitCode, container.containerLogs]).apply(async ([exitCode, told]) => {
      if (exitCode === undefined || exitCode === 0) return args.model
      await log.error(failure(args.model, told ?? ''), container)
      throw new RunError(`The server is left as it is without ${args.model}`)
    })
    this.registerOutputs({ pulled: this.pulled })
  }
}

/** What to say when a pull failed, out of its log: the last line of what Ollama told. */
export function failure(model: string, log: string): string {
  const lines = stripVTControlCharacters(log).split(/[\r\n]+/)
  const told = lines
    .filter((line) => line.trim() !== '')
    .slice(-3)
    .join('\n  ')
  return (
    `The model ${JSON.stringify(model)} was not pulled:\n  ${told}\n` +
    'Correct codebase-mcp:ollama.model (or codebase-mcp:ollama.insecure, for a registry without TLS), or see that its registry can be reached; ' +
    'then run `npm run up` again.'
  )
}

const PULL_RUN = {
  entrypoints: ['/bin/sh'],
  envs: ['OLLAMA_NOPRUNE=1', 'HOME=/root'],
  tmpfs: { '/tmp': 'rw,nosuid,nodev,size=64m,mode=1777' },
  networkMode: 'bridge',
  mustRun: false,
  attach: true,
  logs: true,
}
