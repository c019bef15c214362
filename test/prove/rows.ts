import { names, tokens } from './access.ts'
import { backups } from './backups.ts'
import { clients } from './clients.ts'
import { crowds, dripping, fuzzed, signals } from './connection-rows.ts'
import { crashes, fullDisks, fullPool, migrations, networks, workers } from './database-rows.ts'
import { strangers } from './folder-rows.ts'
import { kills } from './kills.ts'
import { load } from './load.ts'
import { ollamaFaults } from './ollama-faults.ts'
import type { Row } from './row.ts'
import { soak } from './soak.ts'

/** Every row, in the order in which they run. */
export const ROWS: readonly Row[] = [
  load,
  crowds,
  soak,
  kills,
  crashes,
  networks,
  fullPool,
  ollamaFaults,
  fullDisks,
  signals,
  migrations,
  backups,
  workers,
  fuzzed,
  dripping,
  strangers,
  names,
  tokens,
  clients,
]
