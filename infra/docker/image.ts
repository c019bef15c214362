import { Image } from '@pulumi/docker'
import type { ComponentResource } from '@pulumi/pulumi'
import { defined } from '../fields.ts'
import { inProject } from '../project-paths.ts'

interface ImageSettings {
  readonly name: string
  readonly base: string
  /** Platform such as `linux/arm64`. If undefined, that of the engine. */
  readonly platform?: string
  /** Stage of the Dockerfile. If undefined, the last one. */
  readonly target?: string
  /** Build arguments in addition to `BASE`. */
  readonly args?: Readonly<Record<string, string>>
}

/** Builds the image from this project on the engine that runs it. Its `repoDigest` identifies the build. */
export function buildImage({ name, base, platform, target, args }: ImageSettings, parent: ComponentResource): Image {
  const place = { context: inProject(), dockerfile: inProject('Dockerfile') }
  const build = { ...place, ...defined({ platform, target }), args: { BASE: base, ...args } }
  return new Image('server-image', { imageName: name, skipPush: true, build }, { parent })
}
