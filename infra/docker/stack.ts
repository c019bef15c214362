import { RemoteImage } from '@pulumi/docker'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { clientSettings } from '../client-settings.ts'
import { databaseUrl } from '../connection.ts'
import { IndexDatabase } from '../database.ts'
import { buildImage } from '../image.ts'
import type { MountedRepository } from '../repositories.ts'
import type { DockerSettings } from '../settings.ts'
import { Data } from './data.ts'
import { Model } from './model.ts'
import { Networks } from './network.ts'
import { Ollama } from './ollama.ts'
import { Postgres } from './postgres.ts'
import { Server } from './server.ts'

interface StackArgs {
  readonly settings: DockerSettings
  readonly repositories: readonly MountedRepository[]
}

interface Kept {
  readonly networks: Networks
  readonly data: Data
}

const HOST = '127.0.0.1'
const POSTGRES = 'postgres:5432'

/** The whole of it on one Docker engine. */
export class DockerStack extends ComponentResource {
  readonly outputs: ReturnType<typeof outputsOf>
  readonly #own = { parent: this }

  constructor(name: string, args: StackArgs, opts?: ComponentResourceOptions) {
    super('codebase:docker:Stack', name, {}, opts)
    const { settings } = args
    const kept = {
      networks: new Networks('network', settings, this.#own),
      data: new Data('data', { name: settings.name, protect: settings.protectData }, this.#own),
    }
    const postgres = settings.running ? this.#postgres(settings, kept) : undefined
    const database = this.#database(settings, kept.data, postgres)
    if (settings.running) this.#server(args, kept, database)
    this.outputs = outputsOf(settings)
    this.registerOutputs(this.outputs)
  }

  #postgres({ name, postgres }: DockerSettings, { data, networks }: Kept): Postgres {
    const { superuser } = loginsOf(data)
    return new Postgres('postgres', { ...postgres, name, networks, volume: data.postgres, superuser }, this.#own)
  }

  #database({ protectData, postgres: { port } }: DockerSettings, data: Data, postgres?: Postgres): IndexDatabase {
    const place = { host: HOST, port, livesIn: data.postgres, protect: protectData }
    const server = postgres === undefined ? {} : { server: postgres.container }
    return new IndexDatabase('database', { ...loginsOf(data), ...place, ...server }, this.#own)
  }

  #server({ settings, repositories }: StackArgs, { data, networks }: Kept, database: IndexDatabase): void {
    const { name } = settings
    const ollamaImage = new RemoteImage('ollama-image', { name: settings.ollama.image, keepLocally: true }, this.#own)
    const ollamaArgs = { ...settings.ollama, name, image: ollamaImage, volume: data.ollama }
    const ollama = new Ollama('ollama', { ...ollamaArgs, networks }, this.#own)
    const model = new Model('model', ollamaArgs, this.#own)
    const { service, migrator } = loginsOf(data)
    new Server(
      'server',
      {
        ...settings.server,
        name,
        networks,
        repositories,
        image: buildImage(settings.image, this).repoDigest,
        databaseUrl: databaseUrl(POSTGRES, service),
        migrationDatabaseUrl: databaseUrl(POSTGRES, migrator),
        embedding: { model: model.pulled, insecure: settings.ollama.insecure },
      },
      { parent: this, dependsOn: [database, ollama] },
    )
  }
}

function loginsOf(data: Data) {
  return {
    superuser: { name: 'postgres', password: data.superuserPassword },
    migrator: { name: 'codebase_migrator', password: data.migratorPassword },
    service: { name: 'codebase', password: data.servicePassword },
  }
}

function outputsOf({ name, server, image }: DockerSettings) {
  const url = `http://${HOST}:${server.port}`
  const network = ['--network', `${name}-internal`, '-e', 'SERVER_URL=http://server:8000']
  const bridge = ['docker', 'run', '-i', '--rm', ...network, image.name, 'mcp'] as const
  return { url, mcpUrl: `${url}/mcp`, clients: clientSettings({ url, bridge }) }
}
