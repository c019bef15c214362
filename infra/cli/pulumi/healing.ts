import type { ContainerState } from '../engine.ts'
import type { StateResource } from './state.ts'

interface Found {
  readonly containers: ReadonlyMap<string, ContainerState>
  readonly images: ReadonlySet<string>
}

/**
 * The resources that the state believes in and the engine no longer has as they should be: the CLI would leave them as
 * they are, and a refresh fails at roles whose database is gone.
 */
export function toReplace(resources: readonly StateResource[], found: Found): string[] {
  return resources.filter((resource) => isBroken(resource, found)).map(({ urn }) => urn)
}

function isBroken({ type, id = '', outputs = {} }: StateResource, { containers, images }: Found): boolean {
  if (type === 'docker:index/image:Image') return !images.has(String(outputs.repoDigest))
  if (type !== 'docker:index/container:Container') return false
  const state = containers.get(id)
  if (state === undefined) return true
  // A container that runs once has done so; one that is never started only carries files.
  if (outputs.mustRun === false) return typeof outputs.exitCode === 'number' && outputs.exitCode !== 0
  return state !== 'running'
}
