import { RemoteImage } from '@pulumi/docker'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Resource,
  type ResourceTransformation,
  runtime,
  secret,
} from '@pulumi/pulumi'
import { buildArguments } from '../egress.ts'
import { databaseUrl, type Login, ROLES } from '../postgres/connection.ts'
import { trusting, verifying } from '../postgres/encryption.ts'
import { IndexDatabase } from '../postgres/index-database.ts'
import { ServerCertificate } from '../postgres/server-certificate.ts'
import type { Hidden } from '../settings/hidden.ts'
import type { DockerSettings } from '../settings/settings.ts'
import { Bridge } from './bridge.ts'
import { DatabaseData, modelVolume } from './data.ts'
import { containerHooks } from './engine/hooks.ts'
import { ownEngine } from './engine/own-engine.ts'
import { SECRETS } from './files.ts'
import type { Surroundings } from './hardening.ts'
import { buildImage } from './image.ts'
import { Model } from './model.ts'
import { Monitoring } from './monitoring.ts'
import { Networks } from './network.ts'
import { Ollama } from './ollama.ts'
import { outputsOf } from './outputs.ts'
import { Postgres } from './postgres.ts'
import type { MountedRepository } from './repositories.ts'
import { Server } from './server.ts'
import { Worker } from './worker.ts'

export interface StackArgs {
  readonly settings: DockerSettings
  readonly repositories: readonly MountedRepository[]
  /** Folder of the service's source on this machine. */
  readonly source: string
  /** Markers by the names of containers and images. A resource whose marker changes is recreated. */
  readonly remade?: Readonly<Record<string, string>>
}

/** Connection URLs of the database, and the resources that must exist before a connection. */
interface Logins {
  readonly url: Input<string>
  /** Undefined if the service's login may change the schema itself. */
  readonly migrationUrl?: Input<string> | undefined
  /** CA certificate of the database server, in PEM. */
  readonly ca?: Input<string> | undefined
  readonly ready: readonly Resource[]
}

interface Embedding {
  readonly url: string
  readonly model: Input<string>
  readonly ready: readonly Resource[]
}

const HOST = '127.0.0.1'
const POSTGRES = 'postgres:5432'
/** Of Postgres, for containers and for this machine. */
const NAMES = ['postgres', 'localhost', HOST]
const IMAGE = 'docker:index/image:Image'
const REMADE_LABEL = 'codebase-mcp.remade'

/** All components of a stack on a Docker engine. */
export class DockerStack extends ComponentResource {
  readonly outputs: ReturnType<typeof outputsOf> & { readonly monitoring?: Monitoring['outputs'] }
  readonly #settings: DockerSettings
  readonly #surroundings: Surroundings & { readonly networks: Networks }
  readonly #own = { parent: this }

  constructor(name: string, args: StackArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Stack', name, {}, { ...opts, transformations: transformationsOf(args, opts) })
    const { settings, remade = {} } = args
    const { database, ollama } = settings
    const leadsOutside = database.url !== undefined || ollama.url !== undefined
    const networks = new Networks('network', { name: settings.name, leadsOutside }, this.#own)
    this.#settings = settings
    this.#surroundings = { name: settings.name, containers: settings.containers, networks }
    const logins = database.url === undefined ? this.#database() : givenLogins(database.url, database)
    const models = ollama.enabled && ollama.url === undefined ? this.#models() : undefined
    if (settings.running) this.#service(args, logins, models)
    this.outputs = { ...outputsOf(settings), ...this.#monitoring() }
    this.registerOutputs({ ...this.outputs, ...(Object.keys(remade).length === 0 ? {} : { remade }) })
  }

  #monitoring() {
    if (!this.#settings.profiles.has('monitoring')) return {}
    const args = { ...this.#surroundings, settings: this.#settings }
    return { monitoring: new Monitoring('monitoring', args, this.#own).outputs }
  }

  get #kept() {
    return { name: this.#settings.name, protect: this.#settings.protectData }
  }

  #models() {
    return modelVolume('data-ollama', this.#kept, this)
  }

  /** Creates Postgres in a container, with a role that owns the schema and a role that may only read and write rows. */
  #database(): Logins {
    const { postgres: settings, running, protectData } = this.#settings
    const data = new DatabaseData('data', this.#kept, this.#own)
    const superuser = { name: ROLES.superuser, password: data.superuserPassword }
    const migrator = { name: ROLES.migrator, password: data.migratorPassword }
    const service = { name: ROLES.service, password: data.servicePassword }
    const args = { ...this.#surroundings, settings, superuser, volume: data.volume }
    const certificate = settings.tls ? new ServerCertificate('database', { names: NAMES }, this.#own) : undefined
    const server = running ? { server: new Postgres('postgres', { ...args, certificate }, this.#own).container } : {}
    const place = { host: HOST, port: settings.port, livesIn: data.volume, protect: protectData, ...server }
    const admin = { ...superuser, isSuperuser: true }
    const ca = certificate?.authority
    const checked = ca === undefined ? ({ sslMode: 'disable' } as const) : ({ sslMode: 'verify-full', ca } as const)
    const database = new IndexDatabase('database', { admin, migrator, service, ...checked, ...place }, this.#own)
    const url = (login: Login) => databaseUrl(POSTGRES, login, ca === undefined ? '' : verifying(SECRETS))
    return { url: url(service), migrationUrl: url(migrator), ca, ready: [database] }
  }

  #service({ repositories, source }: StackArgs, database: Logins, models?: ReturnType<typeof modelVolume>): void {
    const { image: imageSettings, liveReload, profiles } = this.#settings
    const image = this.#image(imageSettings, liveReload)
    const embedding = models === undefined ? this.#embeddingElsewhere(image) : this.#ollama(models)
    const args = {
      ...this.#surroundings,
      settings: this.#settings,
      repositories,
      image,
      databaseUrl: database.url,
      migrationDatabaseUrl: database.migrationUrl,
      databaseCa: database.ca,
      embedding,
      ...(liveReload ? { source } : {}),
    }
    const server = new Server('server', args, { parent: this, dependsOn: [...database.ready, ...embedding.ready] })
    // Created after the server, which migrates the database.
    const beside = { parent: this, dependsOn: [server] }
    if (profiles.has('worker')) new Worker('worker', args, beside)
    if (profiles.has('mcp')) new Bridge('mcp', args, beside)
  }

  #image(image: DockerSettings['image'], liveReload: boolean): Input<string> {
    if ('reference' in image)
      return new RemoteImage('server-image', { name: image.reference, keepLocally: true }, this.#own).name
    const args = buildArguments(this.#settings.network)
    return buildImage({ ...image, args, ...(liveReload ? { target: 'development' } : {}) }, this).repoDigest
  }

  #ollama(volume: ReturnType<typeof modelVolume>): Embedding {
    const settings = this.#settings.ollama
    const image = new RemoteImage('ollama-image', { name: settings.image, keepLocally: true }, this.#own)
    const args = { ...this.#surroundings, settings, image, volume }
    const ollama = new Ollama('ollama', args, this.#own)
    const model = new Model('model', { ...args, settings: this.#settings, from: { image, volume } }, this.#own)
    return { url: 'http://ollama:11434', model: model.pulled, ready: [ollama] }
  }

  /** Returns the embedding of an external Ollama, or of none. */
  #embeddingElsewhere(serverImage: Input<string>): Embedding {
    const { ollama } = this.#settings
    const { networks } = this.#surroundings
    if (ollama.url === undefined || networks.outside === undefined)
      return { url: 'off', model: ollama.model, ready: [] }
    const from = { serverImage, url: ollama.url, network: networks.outside }
    const model = new Model('model', { ...this.#surroundings, settings: this.#settings, from }, this.#own)
    return { url: ollama.url, model: model.pulled, ready: [] }
  }
}

function transformationsOf({ settings, remade = {} }: StackArgs, opts: ComponentResourceOptions = {}) {
  const remaking: ResourceTransformation = ({ type, name, props, opts }) => {
    // The engine ignores a trigger that is new, so it is always set.
    if (type === IMAGE) return { props, opts: { ...opts, replacementTrigger: remade[name] ?? '' } }
    if (remade[name] === undefined) return undefined
    return { props: { ...props, labels: [...props.labels, { label: REMADE_LABEL, value: remade[name] }] }, opts }
  }
  // A preview creates nothing, and mocks have no engine.
  const hooks =
    runtime.isDryRun() || process.env.PULUMI_NODEJS_MONITOR === undefined
      ? []
      : [containerHooks(ownEngine(), settings.containers)]
  return [remaking, labelling(settings), ...hooks, ...(opts.transformations ?? [])]
}

/** Adds the labels of the settings. The provider would replace a volume, with its data, for another label. */
function labelling({ containers }: DockerSettings): ResourceTransformation {
  const labels = Object.entries(containers.labels).map(([label, value]) => ({ label, value }))
  return ({ type, props, opts }) => {
    if (labels.length === 0 || !/:(Container|Network|Volume)$/.test(type)) return undefined
    const kept = type.endsWith(':Container') ? {} : { ignoreChanges: ['labels'] }
    return { props: { ...props, labels: [...props.labels, ...labels] }, opts: { ...opts, ...kept } }
  }
}

function givenLogins(url: Hidden, { migrationUrl, ca }: DockerSettings['database']): Logins {
  const at = (one: Hidden) => secret(ca === undefined ? one.reveal() : trusting(one, SECRETS))
  return {
    url: at(url),
    migrationUrl: migrationUrl === undefined ? undefined : at(migrationUrl),
    // Settings with a Kubernetes object were rejected before.
    ca: typeof ca === 'string' ? ca : undefined,
    ready: [],
  }
}
