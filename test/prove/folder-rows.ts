import { createAnalyser } from '../../service/indexing/analyser/analyser.ts'
import { HOSTILE_FOLDERS } from './hostile-files/hostile-folders.ts'
import { lookedAt } from './hostile-files/looked-at.ts'
import { swapRaces } from './hostile-files/swap-races.ts'
import { defineRow, type Form } from './row.ts'

const RACES: Record<Form, number> = { full: 1000, short: 100 }

/** S4: folders that strangers have made. */
export const strangers = defineRow({
  row: 'S4',
  about:
    'Hostile folders are indexed: links, loops, devices, sockets, deep trees, odd names, ignore files, folders of git; and swaps for links while they are read',
  goal: '≥ 60 folders and ≥ 1,000 races: 0 bytes from outside, 0 commands run',
  needsPostgres: false,
  run: async (context, form) => {
    const analyser = createAnalyser({ threads: 1 })
    context.after(() => analyser.close())
    const isRoot = process.getuid?.() === 0
    const folders = HOSTILE_FOLDERS.filter(({ needs }) => needs === undefined || (needs === 'root') === isRoot)
    const counts = { folders: folders.length, leaks: 0, commands: 0 }
    for (const folder of folders) {
      const { leaked, ran } = await lookedAt(folder, analyser)
      counts.leaks += Number(leaked)
      counts.commands += Number(ran)
    }
    const { races, swaps, met, leaks } = await swapRaces(RACES[form])
    return { ...counts, races, swaps, met, leaks: counts.leaks + leaks }
  },
  holds: ({ folders, races, swaps, leaks, commands }, form) =>
    folders >= 60 && races >= RACES[form] && swaps > 0 && leaks + commands === 0,
})
