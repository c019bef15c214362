import type { DockerSettings } from '../../settings/settings.ts'
import type { ContainerFacts } from './containers/facts.ts'

/** What runs in a container of its own, in the order in which it is told of. */
export const PARTS = ['postgres', 'ollama', 'server', 'worker', 'mcp', 'prometheus', 'grafana'] as const

export type PartName = (typeof PARTS)[number] | typeof MODEL

/** Pulls the model, and ends. */
export const MODEL = 'model'

export interface Part {
  readonly name: PartName
  /** Absent where the settings want it and the engine does not have it. */
  readonly container?: ContainerFacts
}

/** What a stack with these settings keeps running. */
export function wantedParts({ database, ollama, profiles }: DockerSettings): PartName[] {
  const wanted = {
    postgres: database.url === undefined,
    ollama: ollama.enabled && ollama.url === undefined,
    server: true,
    worker: profiles.has('worker'),
    mcp: profiles.has('mcp'),
    prometheus: profiles.has('monitoring'),
    grafana: profiles.has('monitoring'),
  }
  return PARTS.filter((part) => wanted[part])
}

/** What should run, and what is there, out of the containers of the stack. */
export function partsOf(settings: DockerSettings, containers: readonly ContainerFacts[]): Part[] {
  const wanted = wantedParts(settings)
  const names: readonly PartName[] = [...PARTS, MODEL]
  return names.flatMap((name): Part[] => {
    const container = containers.find((each) => each.name === `${settings.name}-${name}`)
    if (container !== undefined) return [{ name, container }]
    return wanted.includes(name) ? [{ name }] : []
  })
}

export const isThere = (part: Part): part is Required<Part> => part.container !== undefined
