import type { DockerSettings } from '../settings/settings.ts'

/** Long-running parts, in display order. Each runs in its own container. */
export const PARTS = ['postgres', 'ollama', 'server', 'worker', 'mcp', 'prometheus', 'grafana'] as const

/** Part that pulls the model and exits. */
export const MODEL = 'model'

/** Returns the long-running parts that the settings enable. */
export function wantedParts({ database, ollama, profiles }: DockerSettings) {
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
