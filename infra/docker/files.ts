import { Container, Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { replaced, stackLabel } from './hardening.ts'

interface FilesArgs {
  /** Name of the stack. */
  readonly stack: string
  /** Name of the volume and of the carrier container, without the stack's name. */
  readonly name: string
  /** Any image on the engine. The carrier container is never started. */
  readonly image: Input<string>
  /** Path at which the files are mounted. */
  readonly folder: string
  /** Contents of the files, by their paths in the folder. */
  readonly files: Readonly<Record<string, Input<string>>>
  /** Files that only root's group may read. Others are readable by everyone who has the volume. */
  readonly guarded?: readonly string[]
}

/** Folder in which containers find their secrets. */
export const SECRETS = '/run/secrets'

/**
 * Files in a separate volume. The engine refuses uploads into a container with a read-only root, and environment
 * variables would show in `docker inspect`.
 */
export class Files extends ComponentResource {
  readonly mount: {
    readonly type: 'volume'
    readonly source: Output<string>
    readonly target: string
    readonly readOnly: true
  }
  /** Changes with the files. Containers that mount the files have it as a label, so that they are replaced too. */
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
          // Readers are not root. Only their own container mounts the volume.
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
