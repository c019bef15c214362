import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ComponentResource, log, type Output, RunError, runtime } from '@pulumi/pulumi'
import { tellOfBroken } from './policy/told.ts'
import { faultsOfRepositories, locateRepositories } from './repositories.ts'
import type { Configuration } from './settings/config.ts'
import { plainSecrets } from './settings/plain-secrets.ts'
import { readSettings, type Settings, SettingsFault } from './settings/settings.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

interface Stack extends ComponentResource {
  readonly outputs: {
    readonly url: string
    readonly mcpUrl: string
    readonly clients: object
    /** What is published, and where. */
    readonly published?: object
    readonly monitoring?: object
    /** What opens the server, where one was made. */
    readonly token?: Output<string>
  }
}

// Mapping stack traces to sources takes a third of a preview, and where types are only stripped there is nothing to map.
Reflect.deleteProperty(Error, 'prepareStackTrace')

// biome-ignore lint/style/noDefaultExport: what is exported by name is an output also where it is undefined, of which the engine warns.
export default { published: {}, monitoring: {}, ...(await makeStack()).outputs }

async function makeStack(): Promise<Stack> {
  try {
    const configuration = readConfiguration()
    const folders = (entries: readonly string[]) => faultsOfRepositories(entries, ROOT)
    const settings = readSettings(configuration.values, { ...configuration, folders })
    for (const each of plainSecrets(configuration)) await log.warn(each)
    tellOfBroken(settings.acceptedPolicies)
    return await stackOf(settings)
  } catch (error) {
    // Without its trace: what is wrong is not in the program.
    throw error instanceof SettingsFault ? new RunError(error.message) : error
  }
}

function readConfiguration(): Configuration {
  const values = runtime.allConfig()
  // The SDK has it for itself, and declares it nowhere.
  const { isConfigSecret } = runtime as unknown as { readonly isConfigSecret: (key: string) => boolean }
  return { values, secretKeys: Object.keys(values).filter(isConfigSecret) }
}

// Only one half is loaded: the other's packages take as long as everything else together.
async function stackOf(settings: Settings): Promise<Stack> {
  if (settings.target === 'kubernetes') {
    const { KubernetesStack } = await import('./kubernetes/stack.ts')
    return new KubernetesStack('codebase', { settings })
  }
  const { DockerStack } = await import('./docker/stack.ts')
  const repositories = locateRepositories(settings.repositories, ROOT)
  return new DockerStack('codebase', { settings, repositories, source: join(ROOT, 'service') })
}
