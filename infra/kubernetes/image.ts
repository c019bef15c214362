import { Image } from '@pulumi/docker-build'
import { type ComponentResource, type Input, secret } from '@pulumi/pulumi'
import packageFile from '../../package.json' with { type: 'json' }
import { buildArguments } from '../egress.ts'
import { inProject } from '../project-paths.ts'
import type { Hidden } from '../settings/hidden.ts'
import type { KubernetesSettings } from '../settings/settings.ts'

/**
 * Returns the image of the service's pods: the existing one, or the digest of the one that `up` builds from this
 * project and pushes. A preview builds nothing, so it does not know the digest of a changed image.
 */
export function imageOf({ image, network }: KubernetesSettings, parent: ComponentResource): Input<string> {
  if ('reference' in image) return image.reference
  const { registry, base, platforms, login } = image
  const [address = ''] = registry.split('/', 1)
  const registries =
    login === undefined ? [] : [{ address, username: login.user, password: secret(login.password.input) }]
  return new Image(
    'server-image',
    {
      tags: [`${registry}/codebase-mcp:${packageFile.version}`],
      context: { location: inProject() },
      dockerfile: { location: inProject('Dockerfile') },
      buildArgs: { BASE: base, ...networkArguments(network) },
      platforms: [...platforms],
      push: true,
      buildOnPreview: false,
      registries,
    },
    { parent },
  ).ref
}

function networkArguments({ proxy, ca }: KubernetesSettings['network']): Record<string, Input<string>> {
  const settings = { ...(proxy && { proxy }), ...(typeof ca === 'string' && { ca }) }
  return Object.fromEntries(
    Object.entries(buildArguments<string | Hidden>(settings)).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : secret(value.reveal()),
    ]),
  )
}
