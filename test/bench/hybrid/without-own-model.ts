import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

// Preloaded into a server: hides the table of the own model, so the server searches by words only, like an installation
// without the table.
const read = fs.readFileSync
fs.readFileSync = ((path: fs.PathOrFileDescriptor, ...options: []) => {
  const name = String(path)
  if (!name.endsWith('table.bin')) return read(path, ...options)
  throw Object.assign(new Error(`${name} is left out`), { code: 'ENOENT' })
}) as typeof fs.readFileSync
syncBuiltinESMExports()
