import { Container, Volume } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { replaced } from './hardening.ts'

interface SecretFilesArgs {
  readonly name: string
  /** Any image that is on the engine: the container that carries the files is never started. */
  readonly image: Input<string>
  readonly files: Readonly<Record<string, Input<string>>>
}

const FOLDER = '/run/secrets'

/**
 * Files in a volume of their own. Uploading them into the container that reads them is refused where its root is
 * read-only, and as variables they would show in `docker inspect`.
 */
export class SecretFiles extends ComponentResource {
  readonly mount: {
    readonly type: 'volume'
    readonly source: Output<string>
    readonly target: string
    readonly readOnly: true
  }
  /** Another one once a file has changed: whoever reads the files carries it, and so is replaced with them. */
  readonly version: Output<string>

  constructor(name: string, args: SecretFilesArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:SecretFiles', name, {}, opts)
    const volume = new Volume(`${name}-volume`, { name: `${args.name}-secrets` }, { parent: this })
    const carrier = new Container(
      `${name}-carrier`,
      {
        name: `${args.name}-secrets`,
        image: args.image,
        start: false,
        mustRun: false,
        networkMode: 'none',
        mounts: [{ type: 'volume', source: volume.name, target: FOLDER }],
        uploads: Object.entries(args.files).map(([file, content]) => ({
          file: SecretFiles.path(file),
          content,
          // Whoever reads it is not root; only its own container has the volume.
          permissions: '0444',
        })),
      },
      { parent: this, ...replaced },
    )
    this.mount = { type: 'volume', source: volume.name, target: FOLDER, readOnly: true }
    this.version = carrier.id
    this.registerOutputs({ version: this.version })
  }

  static path(file: string): string {
    return `${FOLDER}/${file}`
  }
}
