import { Image } from '@pulumi/docker'
import type { ComponentResource } from '@pulumi/pulumi'
import { inProject } from './project-paths.ts'

interface ImageSettings {
  readonly name: string
  readonly base: string
  /** As in `linux/arm64`; the engine's own where it is left out. */
  readonly platform?: string
  /** A stage of the Dockerfile; the last where it is left out. */
  readonly target?: string
  /** Arguments of the build besides its base. */
  readonly args?: Readonly<Record<string, string>>
}

/** The one image, built from this project on the engine that runs it; `repoDigest` pins what was built. */
export function buildImage({ name, base, platform, target, args }: ImageSettings, parent: ComponentResource): Image {
  const place = { context: inProject(), dockerfile: inProject('Dockerfile') }
  const choices = { ...(platform === undefined ? {} : { platform }), ...(target === undefined ? {} : { target }) }
  const build = { ...place, ...choices, args: { BASE: base, ...args } }
  return new Image('server-image', { imageName: name, skipPush: true, build }, { parent })
}
