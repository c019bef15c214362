import { names, tokens } from './access.ts'
import { backups } from './backups.ts'
import { clients } from './clients.ts'
import { changes, crashes, fullDisk, migrations, networks, pool, workers } from './database-rows.ts'
import { crowded, earlyStops, slow, stops } from './edge-rows.ts'
import { fuzzed, hostileFolders } from './hostile-rows.ts'
import { kills } from './kills.ts'
import { load } from './load.ts'
import { ollamaFaults } from './ollama-faults.ts'
import type { Row } from './row.ts'
import { secrets } from './secret-rows.ts'
import { slowInputs } from './slow-inputs.ts'
import { soak } from './soak.ts'

/** All rows, in the order in which they run. */
export const ROWS: readonly Row[] = [
  load,
  crowded,
  soak,
  networks,
  ollamaFaults,
  fullDisk,
  changes,
  workers,
  slow,
  kills,
  crashes,
  pool,
  stops,
  earlyStops,
  migrations,
  backups,
  fuzzed,
  hostileFolders,
  slowInputs,
  names,
  tokens,
  clients,
  secrets,
]
