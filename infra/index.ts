import { type ComponentResource, log, type Output, runtime } from '@pulumi/pulumi'
import { tellOfBroken } from './policy/told.ts'
import { ROOT } from './project-paths.ts'
import type { Configuration } from './settings/config.ts'
import { plainSecrets } from './settings/plain-secrets.ts'
import { acceptedIn } from './settings/policy-names.ts'
import { argsOfConfig } from './settings/program-settings.ts'

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
  const configuration = readConfiguration()
  const args = argsOfConfig(configuration)
  // A plan lists these itself.
  if (!runtime.hasEngine()) return stackOf(args)
  tellOfBroken(acceptedIn(args))
  const stack = await stackOf(args)
  for (const each of plainSecrets(configuration)) await log.warn(each)
  return stack
}

function readConfiguration(): Configuration {
  const values = runtime.allConfig()
  // The SDK has it for itself, and declares it nowhere.
  const { isConfigSecret } = runtime as unknown as { readonly isConfigSecret: (key: string) => boolean }
  return { values, secretKeys: Object.keys(values).filter(isConfigSecret) }
}

// Only one half is loaded: the other's packages take as long as everything else together.
async function stackOf(args: ReturnType<typeof argsOfConfig>): Promise<Stack> {
  if (args.target === 'kubernetes') {
    const { CodebaseMcp } = await import('./kubernetes/codebase-mcp.ts')
    return CodebaseMcp.healed('codebase', args)
  }
  const { CodebaseMcp } = await import('./docker/codebase-mcp.ts')
  return CodebaseMcp.healed('codebase', { ...args, folder: ROOT })
}
