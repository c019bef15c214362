import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { isTemplateThere, keepAsTemplate } from './embedded/template.ts'

/*
 * A process of its own, started by embedded.ts: creates the database in the folder that it is given, and ends. `npm ci`
 * starts it without a folder, for the template alone.
 */
const [folder] = process.argv.slice(2)
if (folder !== undefined) await create(folder)
else if (!isTemplateThere()) await createTemplate()

async function create(dataDir: string): Promise<void> {
  const pglite = await PGlite.create({ dataDir })
  await pglite.close()
  await keepAsTemplate(dataDir)
}

async function createTemplate(): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'codebase-template-'))
  try {
    await create(join(work, 'postgres'))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
