import { type ComponentResource, log, type Output, runtime } from '@pulumi/pulumi'
import { warnOfViolations } from './policy/warn.ts'
import { ROOT } from './project-paths.ts'
import type { Configuration } from './settings/config.ts'
import { plainSecrets } from './settings/plain-secrets.ts'
import { acceptedIn } from './settings/policy-names.ts'
import { argsOfConfig } from './settings/program-settings.ts'

interface Stack extends ComponentResource {
  readonly outputs: {
    readonly url: string
    readonly mcpUrl: string
    /** How this machine reaches a server that only pods can reach. */
    readonly outside?: object
    readonly clients: object
    /** Published addresses, by component. */
    readonly published?: object
    readonly monitoring?: object
    /** Access token. Undefined if none was generated. */
    readonly token?: Output<string>
  }
}

// Mapping stack traces to sources takes a third of a preview. It is pointless if types are only stripped.
Reflect.deleteProperty(Error, 'prepareStackTrace')

// biome-ignore lint/style/noDefaultExport: the engine warns about named exports that are undefined.
export default { published: {}, monitoring: {}, ...(await makeStack()).outputs }

async function makeStack(): Promise<Stack> {
  const configuration = readConfiguration()
  const args = argsOfConfig(configuration)
  // `plan` reports policy violations and plain-text secrets itself.
  if (!runtime.hasEngine()) return stackOf(args)
  warnOfViolations(acceptedIn(args))
  const stack = await stackOf(args)
  for (const each of plainSecrets(configuration)) await log.warn(each)
  return stack
}

function readConfiguration(): Configuration {
  const values = runtime.allConfig()
  // Exported by the SDK without a type declaration.
  const { isConfigSecret } = runtime as unknown as { readonly isConfigSecret: (key: string) => boolean }
  return { values, secretKeys: Object.keys(values).filter(isConfigSecret) }
}

// Loads only the selected target: the other's packages would double the startup time.
async function stackOf(args: ReturnType<typeof argsOfConfig>): Promise<Stack> {
  if (args.target === 'kubernetes') {
    const { CodebaseMcp } = await import('./kubernetes/codebase-mcp.ts')
    return CodebaseMcp.healed('codebase', args)
  }
  const { CodebaseMcp } = await import('./docker/codebase-mcp.ts')
  return CodebaseMcp.healed('codebase', { ...args, folder: ROOT })
}
