import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { clientSettings } from '../client-settings.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { Base } from './base.ts'
import { Ollama } from './ollama.ts'
import { Postgres } from './postgres.ts'
import { Server } from './server.ts'

interface StackArgs {
  readonly settings: KubernetesSettings
}

/** The whole of it on a cluster. */
export class KubernetesStack extends ComponentResource {
  readonly outputs: ReturnType<typeof outputsOf>

  constructor(name: string, { settings }: StackArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Stack', name, {}, opts)
    const own = { parent: this }
    const base = new Base('base', settings, own)
    const postgres = new Postgres('postgres', { settings, base }, own)
    const ollama = new Ollama('ollama', { settings, base }, own)
    new Server('server', { settings, base }, { ...own, dependsOn: [postgres, ollama] })
    this.outputs = outputsOf(settings)
    this.registerOutputs(this.outputs)
  }
}

function outputsOf({ cluster: { context, namespace } }: KubernetesSettings) {
  const url = `http://server.${namespace}.svc:8000`
  const target = ['--context', context, '--namespace', namespace, 'exec', '-i', 'deployment/server', '--']
  const bridge = ['kubectl', ...target, '/usr/local/bin/node', '/app/main.js', 'mcp'] as const
  return { url, mcpUrl: `${url}/mcp`, clients: clientSettings({ url, bridge }) }
}
