import { join } from 'node:path'
import { IGNORE_FILES, type IgnoreFile, MAX_IGNORE_BYTES } from './ignore-rules.ts'
import { readRegularFile } from './regular-file.ts'
import { ENCODING_FILES, type EncodingFile, MAX_ENCODING_BYTES } from './text-encodings.ts'

/**
 * Returns a folder's ignore files, weakest first, with paths that begin with `shown`. Only regular files have rules.
 */
export function ignoreFiles(folder: string, shown: string, names?: ReadonlySet<string>): IgnoreFile[] {
  return IGNORE_FILES.filter((name) => names === undefined || names.has(name)).flatMap((name) => {
    const file = readRegularFile(join(folder, name), MAX_IGNORE_BYTES)
    return 'fault' in file ? [] : [{ path: shown + name, bytes: file.bytes }]
  })
}

/** Returns the files that set the encodings of a folder, weakest first. */
export function encodingFiles(folder: string, names?: ReadonlySet<string>): EncodingFile[] {
  const isThere = (path: string) => names === undefined || names.has(path.split('/', 1)[0] ?? '')
  return ENCODING_FILES.filter(isThere).flatMap((name) => {
    const file = readRegularFile(join(folder, name), MAX_ENCODING_BYTES)
    return 'fault' in file ? [] : [{ name, bytes: file.bytes }]
  })
}
