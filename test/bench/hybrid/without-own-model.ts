import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

// Imported before a server: it finds its own model's table missing and goes on by words, as an installation without it does.
const read = fs.readFileSync
fs.readFileSync = ((path: fs.PathOrFileDescriptor, ...options: []) => {
  const name = String(path)
  if (!name.endsWith('table.bin')) return read(path, ...options)
  throw Object.assign(new Error(`${name} is left out`), { code: 'ENOENT' })
}) as typeof fs.readFileSync
syncBuiltinESMExports()
