import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { clientSettings } from '../client-settings.ts'
import { defined } from '../fields.ts'
import type { KubernetesSettings } from '../settings/settings.ts'
import { Availability } from './availability.ts'
import { Backup } from './backup/backup.ts'
import { Base } from './base.ts'
import { wordsTo } from './cluster/kubectl.ts'
import { Database } from './database/database.ts'
import { Edge } from './edge.ts'
import { Extras } from './extras.ts'
import { Limits } from './limits/limits.ts'
import { called } from './metadata.ts'
import { Migration } from './migration.ts'
import { Model } from './model.ts'
import { Monitoring } from './monitoring.ts'
import { NetworkPolicies } from './network-policies.ts'
import { Ollama } from './ollama.ts'
import { Patches } from './patches.ts'
import { Secrets } from './secrets.ts'
import { Server } from './server.ts'
import { outsideOf, urlOf } from './url.ts'
import { Worker } from './worker.ts'
import type { WorkloadArgs } from './workload.ts'

export interface StackArgs {
  readonly settings: KubernetesSettings
  /** Whether existing objects are adopted. */
  readonly adoptsExisting?: boolean
}

/** All components of a stack on a cluster. */
export class KubernetesStack extends ComponentResource {
  readonly outputs: ReturnType<typeof outputsOf> & { readonly token?: Output<string> }
  readonly base: Base
  readonly #args: WorkloadArgs
  readonly #own = { parent: this }

  constructor(name: string, { settings, adoptsExisting }: StackArgs, opts?: ComponentResourceOptions) {
    const patches = new Patches(settings)
    const limits = new Limits(settings)
    const transformations = [patches.transformation, limits.transformation, ...(opts?.transformations ?? [])]
    super('codebase:kubernetes:Stack', name, {}, { ...opts, transformations })
    this.base = new Base('base', { settings, adoptsExisting }, this.#own)
    this.#args = { settings, base: this.base }
    new Extras('extras', this.#args, this.#own)
    new NetworkPolicies('network', this.#args, this.#own)
    new Availability('availability', this.#args, this.#own)
    new Edge('edge', this.#args, this.#own)
    const secrets = new Secrets('secrets', this.#args, this.#own)
    const database = new Database('database', this.#args, this.#own)
    this.#embedding()
    this.#service(database, secrets)
    if (settings.backup.enabled) new Backup('backup', { ...this.#args, logins: database.logins }, this.#own)
    if (settings.profiles.has('monitoring')) new Monitoring('monitoring', { ...this.#args, secrets }, this.#own)
    patches.refuseWrong()
    limits.refuseExceeded()
    this.outputs = { ...outputsOf(settings), ...(secrets.token === undefined ? {} : { token: secrets.token }) }
    this.registerOutputs(this.outputs)
  }

  // Nothing waits for the model. Until it is pulled, search uses no embeddings of Ollama.
  #embedding(): void {
    const { ollama, running } = this.#args.settings
    if (!ollama.enabled) return
    const ready = ollama.url === undefined ? new Ollama('ollama', this.#args, this.#own).ready : []
    if (running) new Model('model', this.#args, { ...this.#own, dependsOn: [...ready] })
  }

  #service(database: Database, secrets: Secrets): void {
    const { settings } = this.#args
    const { logins } = database
    const args = { ...this.#args, logins, secrets }
    const schema = settings.running ? [new Migration('migration', args, this.#own)] : []
    const afterSchema = { ...this.#own, dependsOn: schema }
    const server = new Server('server', args, afterSchema)
    const worker = new Worker('worker', args, afterSchema)
    database.retireFormerLogins([server.pods, worker.pods])
  }
}

function outputsOf(settings: KubernetesSettings) {
  const url = urlOf(settings)
  const outside = outsideOf(settings)
  const target = [...wordsTo(settings.cluster), 'exec', '-i', `deployment/${called(settings, 'server')}`, '--']
  const bridge = ['kubectl', ...target, '/usr/local/bin/node', '/app/main.js', 'mcp'] as const
  const needsToken = settings.access.required
  return {
    url,
    mcpUrl: `${url}/mcp`,
    ...defined({ outside }),
    clients: clientSettings({ url: outside?.url ?? url, needsToken, bridge }),
  }
}
