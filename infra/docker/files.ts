import { Container, Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { replaced, stackLabel } from './hardening.ts'

interface FilesArgs {
  /** The stack's name. */
  readonly stack: string
  /** What the volume and the container that carries the files are called on the engine, after the stack's name. */
  readonly name: string
  /** Any image that is on the engine: the container that carries the files is never started. */
  readonly image: Input<string>
  /** Where whoever mounts them finds them. */
  readonly folder: string
  /** Contents by their paths in the folder. */
  readonly files: Readonly<Record<string, Input<string>>>
  /** Those that root's group may read and nobody else, in place of whoever has the volume. */
  readonly guarded?: readonly string[]
}

/** The folder of the secrets of every container that has some. */
export const SECRETS = '/run/secrets'

/**
 * Files in a volume of their own. Uploading them into the container that reads them is refused where its root is
 * read-only, and as variables they would show in `docker inspect`.
 */
export class Files extends ComponentResource {
  readonly mount: {
    readonly type: 'volume'
    readonly source: Output<string>
    readonly target: string
    readonly readOnly: true
  }
  /** Another one once a file has changed: whoever reads the files carries it, and so is replaced with them. */
  readonly version: Output<string>

  constructor(name: string, args: FilesArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Files', name, {}, opts)
    const called = `${args.stack}-${args.name}`
    const labels = [stackLabel(args.stack)]
    const volume = new Volume(`${name}-volume`, { name: called, labels }, { parent: this })
    const carrier = new Container(
      `${name}-carrier`,
      {
        name: called,
        labels,
        image: args.image,
        start: false,
        mustRun: false,
        networkMode: 'none',
        mounts: [{ type: 'volume', source: volume.name, target: args.folder }],
        uploads: Object.entries(args.files).map(([file, content]) => ({
          file: `${args.folder}/${file}`,
          content,
          // Whoever reads it is not root; only its own container has the volume.
          permissions: args.guarded?.includes(file) ? '0440' : '0444',
        })),
      },
      { parent: this, ...replaced },
    )
    this.mount = { type: 'volume', source: volume.name, target: args.folder, readOnly: true }
    this.version = carrier.id
    this.registerOutputs({ version: this.version })
  }
}
