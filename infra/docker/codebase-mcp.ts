import { fileURLToPath } from 'node:url'
import type { ComponentResourceOptions } from '@pulumi/pulumi'
import type { DockerArgs } from '../args.ts'
import { faultsOfRepositories, locateRepositories } from '../repositories.ts'
import { settingsOfArgs } from '../settings/program-settings.ts'
import { DockerStack } from './stack.ts'

export interface CodebaseMcpArgs extends DockerArgs {
  /** The folder that relative paths in `repositories` are seen from. @default that of the program */
  readonly folder?: string
}

const SOURCE = fileURLToPath(new URL('../../service', import.meta.url))

/**
 * Codebase MCP on a Docker engine: Postgres, Ollama and the server, in networks of their own. One in a program: what it
 * makes has the same names each time. A provider of Docker among `providers` says which engine.
 * @throws RunError with all that is wrong with the arguments
 */
export class CodebaseMcp extends DockerStack {
  /** Where the server is reached on this machine. */
  readonly url: string
  /** The same for clients of MCP. */
  readonly mcpUrl: string
  /** Ready-to-paste settings of clients. */
  readonly clients: DockerStack['outputs']['clients']
  /** The container of the server. */
  readonly service: string
  /** The network that other containers join in order to reach it, as `server`. */
  readonly network: string

  constructor(
    name: string,
    { folder = process.cwd(), ...args }: CodebaseMcpArgs = {},
    opts?: ComponentResourceOptions,
  ) {
    const folders = (entries: readonly string[]) => faultsOfRepositories(entries, folder)
    const settings = settingsOfArgs(args, { target: 'docker', folders })
    const repositories = locateRepositories(settings.repositories, folder)
    super(name, { settings, repositories, source: SOURCE }, opts)
    this.url = this.outputs.url
    this.mcpUrl = this.outputs.mcpUrl
    this.clients = this.outputs.clients
    this.service = `${settings.name}-server`
    this.network = `${settings.name}-internal`
  }
}
