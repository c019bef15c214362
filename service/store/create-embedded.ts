import { PGlite } from '@electric-sql/pglite'

// A process of its own, started by embedded.ts: creates the database in the folder that it is given, and ends.
const [folder] = process.argv.slice(2)
const pglite = await PGlite.create({ dataDir: folder as string })
await pglite.close()
