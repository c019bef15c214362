import type { apps } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { KubernetesSettings } from '../settings/settings.ts'
import { repositoryFiles } from './repository-files.ts'
import { deploymentFor, HTTP_PORT, type ServiceArgs } from './service.ts'
import { hostsOf, urlOf } from './url.ts'
import { placed, serviceFor } from './workload.ts'

/** Deploys the server behind the Service `server`. Any replica can answer any request. */
export class Server extends ComponentResource {
  readonly pods: apps.v1.Deployment

  constructor(name: string, args: ServiceArgs, opts: ComponentResourceOptions) {
    super('codebase:kubernetes:Server', name, {}, opts)
    const { settings, secrets } = args
    const place = placed(args, name, this)
    serviceFor(name, HTTP_PORT, place, { annotations: settings.server.serviceAnnotations })
    const listed = repositoryFiles(args, place)
    this.pods = deploymentFor(
      name,
      args,
      settings.server,
      {
        mode: 'serve',
        environment: { ...environmentOf(settings), ...listed.environment },
        secrets: [...secrets.access, ...secrets.webhook],
        parts: listed.parts,
      },
      place,
    )
    this.registerOutputs({})
  }
}

function environmentOf(settings: KubernetesSettings): Record<string, string> {
  const { git, access } = settings
  return {
    ALLOWED_HOSTS: hostsOf(settings).join(','),
    INDEXING_CONCURRENCY: '0',
    GIT_ALLOWED_URLS: git.allowedUrls.join(','),
    // For the commands `mcp` and `status` in the same pod.
    SERVER_URL: `http://127.0.0.1:${HTTP_PORT}`,
    ...publicUrl(settings),
    ...issuer(access),
  }
}

/** Returns the public URL, which tokens may have as their audience, if the edge serves the server at its root. */
const publicUrl = (settings: KubernetesSettings): Record<string, string> =>
  settings.edge.kind === 'none' || settings.edge.path !== '/' ? {} : { PUBLIC_URL: urlOf(settings) }

function issuer(access: KubernetesSettings['access']): Record<string, string> {
  const { oidcIssuer, oidcAudience, oidcClientId, oidcScopes, oidcRepositories, oidcRepositoriesClaim } = access
  if (oidcIssuer === undefined || oidcAudience === undefined) return {}
  return {
    OIDC_ISSUER: oidcIssuer,
    OIDC_AUDIENCE: oidcAudience,
    OIDC_REPOSITORIES: oidcRepositories.join(','),
    OIDC_REPOSITORIES_CLAIM: oidcRepositoriesClaim,
    ...(oidcClientId === undefined ? {} : { OIDC_CLIENT_ID: oidcClientId, OIDC_SCOPES: oidcScopes.join(' ') }),
  }
}
