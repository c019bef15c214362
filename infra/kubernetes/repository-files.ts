import type { Part } from './pod.ts'
import { configFor, type Placed, type WorkloadArgs } from './workload.ts'

const FOLDER = '/etc/codebase-mcp'
const FILE = 'repositories'

interface Listed {
  readonly environment: Readonly<Record<string, string>>
  readonly parts: readonly Part[]
}

/** The list of repositories as a file, since no variable of a process may have more than 128 KiB. */
export function repositoryFiles({ settings: { repositories } }: WorkloadArgs, place: Placed): Listed {
  if (repositories.length === 0) return { environment: {}, parts: [] }
  const name = configFor(`${place.component}-repositories`, { [FILE]: `${repositories.join('\n')}\n` }, place)
  return {
    environment: { REPOSITORIES_FILE: `${FOLDER}/${FILE}` },
    parts: [
      {
        volume: { name: FILE, configMap: { name, defaultMode: 0o444 } },
        mount: { name: FILE, mountPath: FOLDER, readOnly: true },
      },
    ],
  }
}
