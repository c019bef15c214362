import { Image } from '@pulumi/docker'
import type { ComponentResource } from '@pulumi/pulumi'

interface ImageSettings {
  readonly name: string
  readonly base: string
}

/** The one image, built from this project on the engine that runs it; `repoDigest` pins what was built. */
export function buildImage({ name, base }: ImageSettings, parent: ComponentResource): Image {
  // An absolute path would be another one on every machine.
  const build = { context: '..', dockerfile: '../Dockerfile', args: { BASE: base } }
  return new Image('server-image', { imageName: name, skipPush: true, build }, { parent })
}
