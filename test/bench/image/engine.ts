import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { outputOf } from '../../../infra/processes.ts'
import { engineAddress } from '../../e2e/docker/image-build.ts'

const LABEL = 'codebase-mcp.bench=image'
export const LABELLED = ['--label', LABEL]

/** @throws Error with the message of Docker's command line */
export async function docker(...args: string[]): Promise<string> {
  const { exitCode, output, errors } = await outputOf('docker', args)
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}: ${errors.trim()}`)
  return output.trim()
}

/** Removes the labelled containers and networks of this run and of runs that were killed. */
export async function removeLabelled(): Promise<void> {
  const containers = await docker('ps', '--all', '--quiet', '--filter', `label=${LABEL}`)
  if (containers !== '') await docker('rm', '--force', '--volumes', ...containers.split('\n'))
  const networks = await docker('network', 'ls', '--quiet', '--filter', `label=${LABEL}`)
  if (networks !== '') await docker('network', 'rm', ...networks.split('\n'))
}

/** Returns the ids of all entries in the engine's build cache. */
export async function buildCache(): Promise<ReadonlySet<string>> {
  const { BuildCache } = (await ask('GET', '/system/df?type=build-cache')) as {
    readonly BuildCache: readonly { readonly ID: string }[] | null
  }
  return new Set((BuildCache ?? []).map(({ ID }) => ID))
}

/** Removes the build cache entries that were not there before. An entry can only go after those that depend on it. */
export async function forgetBuilds(before: ReadonlySet<string>): Promise<void> {
  for (let left = -1; ; ) {
    const added = [...(await buildCache())].filter((id) => !before.has(id))
    if (added.length === 0 || added.length === left) return
    left = added.length
    for (const id of added) {
      const filters = encodeURIComponent(JSON.stringify({ id: { [id]: true } }))
      await ask('POST', `/build/prune?all=1&filters=${filters}`)
    }
  }
}

async function ask(method: string, path: string): Promise<unknown> {
  const sent = request({ ...(await engineAddress()), method, path })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode !== 200) throw new Error(`The engine answers ${method} ${path} with ${answer}`)
  return JSON.parse(answer)
}
