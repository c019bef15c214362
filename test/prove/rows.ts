import { names, tokens } from './access.ts'
import { backups } from './backups.ts'
import { clients } from './clients.ts'
import { kills } from './kills.ts'
import { load } from './load.ts'
import { ollamaFaults } from './ollama-faults.ts'
import type { Row } from './row.ts'
import { soak } from './soak.ts'

/** Every row, in the order in which they run. */
export const ROWS: readonly Row[] = [load, soak, kills, ollamaFaults, backups, names, tokens, clients]
