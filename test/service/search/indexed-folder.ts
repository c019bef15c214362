import { createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import { folderTree } from '../../../service/indexing/files/folder-tree.ts'
import { runIndex } from '../../../service/indexing/runs/run.ts'
import type { Database } from '../../../service/store/database.ts'
import { insertRepository } from '../../../service/store/repositories.ts'
import { LIVE } from '../indexing/git/opened-tree.ts'
import { claimed, ended } from '../indexing/index-state.ts'
import { writeInto } from '../indexing/temporary-folder.ts'
import { NOBODY } from '../indexing/walked.ts'
import { SILENT } from '../store/each-engine.ts'

/** Writes files into a folder, and indexes it by a whole run. */
export async function indexFolder(
  database: Database,
  name: string,
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) writeInto(folder, path, text)
  const id = (await insertRepository(database, name, folder)) as number
  const analyser = createAnalyser({ threads: 1 })
  const job = await claimed(database, id)
  const openTree = async (source: string) => folderTree(source, NOBODY)
  const parts = { database, analyser, log: SILENT, maxFileBytes: 1e6, openTree }
  await runIndex({ ...parts, shownSecrets: { places: [], fingerprints: [] } }, job, LIVE, () => {})
  await ended(database, job)
  await analyser.close()
}
