import { createAnalyser } from '../../service/indexing/analyser/analyser.ts'
import { small } from './edge-rows.ts'
import { fuzz } from './fuzz.ts'
import { HOSTILE_FOLDERS } from './hostile-files/hostile-folders.ts'
import { lookedAt } from './hostile-files/looked-at.ts'
import { swapRaces } from './hostile-files/swap-races.ts'
import { defineRow } from './row.ts'

const SEED = 1
const SECRET = 'a-secret-of-the-webhooks-0123456789'

/** S2: malformed and hostile requests. */
export const fuzzed = defineRow({
  row: 'S2',
  about: '100,000 malformed and hostile requests, over MCP in both eras, the API, webhooks and health',
  goal: '0 crashes, hangs or 5xx',
  needsPostgres: true,
  run: async (context, form) => {
    const server = await small(context, { WEBHOOK_SECRET: SECRET })
    const requests = form === 'full' ? 100_000 : 1500
    const target = { repository: 'code', file: 'kept.ts', webhookSecret: SECRET }
    const { failures, slowest } = await fuzz({ url: server.url, requests, seed: SEED, ...target })
    for (const failure of failures.slice(0, 5)) process.stderr.write(`    ${JSON.stringify(failure)}\n`)
    return { requests, failures: failures.length, exits: server.lives() ? 0 : 1, slowestMs: slowest[0]?.ms ?? 0 }
  },
  holds: ({ requests, failures, exits }) => requests > 0 && failures + exits === 0,
})

/** S4: folders that strangers have created. */
export const hostileFolders = defineRow({
  row: 'S4',
  about:
    'folders made to read outside themselves, to run something, or never to end; and 1,000 races in which part of a path is swapped for a link',
  goal: '≥ 60 folders, 0 bytes from outside, 0 commands run, each file left out for the right reason',
  needsPostgres: false,
  run: async (context, form) => {
    const analyser = createAnalyser({ threads: 1 })
    context.after(() => analyser.close())
    const isRoot = process.getuid?.() === 0
    const possible = HOSTILE_FOLDERS.filter(({ needs }) => needs === undefined || (needs === 'root') === isRoot)
    const counts = { folders: 0, leaks: 0, commandsRun: 0, wrongReasons: 0 }
    for (const folder of possible) {
      const { outcomes, leaked, ran } = await lookedAt(folder, analyser)
      counts.folders++
      counts.leaks += Number(leaked)
      counts.commandsRun += Number(ran)
      const wrong = Object.entries(folder.outcomes ?? {}).filter(([path, reason]) => outcomes[path] !== reason)
      counts.wrongReasons += wrong.length
    }
    const { races, swaps, leaks } = await swapRaces(form === 'full' ? 1000 : 60)
    return { ...counts, races, swaps, leaksInRaces: leaks }
  },
  holds: ({ folders, leaks, commandsRun, wrongReasons, races, swaps, leaksInRaces }, form) =>
    folders >= 60 &&
    races >= (form === 'full' ? 1000 : 60) &&
    swaps > 0 &&
    leaks + commandsRun + wrongReasons + leaksInRaces === 0,
})
