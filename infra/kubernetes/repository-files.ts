import type { Part } from './pod.ts'
import { configFor, type Placed, type WorkloadArgs } from './workload.ts'

const FOLDER = '/etc/codebase-mcp'
const VOLUME = 'repositories'

interface Listed {
  readonly environment: Readonly<Record<string, string>>
  readonly parts: readonly Part[]
}

/** Passes repositories and sources as files, because an environment variable is limited to 128 KiB. */
export function repositoryFiles({ settings: { repositories, sources } }: WorkloadArgs, place: Placed): Listed {
  const files = {
    ...(repositories.length === 0 ? {} : { REPOSITORIES: `${repositories.join('\n')}\n` }),
    ...(sources.length === 0 ? {} : { GIT_SOURCES: JSON.stringify(sources) }),
  }
  const named = Object.entries(files).map(([variable, text]) => ({ variable, file: variable.toLowerCase(), text }))
  if (named.length === 0) return { environment: {}, parts: [] }
  const data = Object.fromEntries(named.map(({ file, text }) => [file, text]))
  const name = configFor(`${place.component}-repositories`, data, place)
  return {
    environment: Object.fromEntries(named.map(({ variable, file }) => [`${variable}_FILE`, `${FOLDER}/${file}`])),
    parts: [
      {
        volume: { name: VOLUME, configMap: { name, defaultMode: 0o444 } },
        mount: { name: VOLUME, mountPath: FOLDER, readOnly: true },
      },
    ],
  }
}
