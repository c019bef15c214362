import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ROOT } from '../project-paths.ts'
import type { Values } from './schema.ts'

/** Pulumi passes all settings to a program in one variable, for which Linux has 128 KiB. */
export const MOST_SETTINGS_BYTES = 124 * 1024

/** Bytes of settings by key, as Pulumi passes them. */
export const bytesOf = (values: Readonly<Record<string, string>>) => Buffer.byteLength(JSON.stringify(values))

/** Returns the lines of a file of repositories that name one. */
export const readListed = (root: string, file: string): string[] =>
  readFileSync(resolve(root, file), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

interface Listed {
  readonly values: Values
  readonly faults: readonly string[]
}

/** Adds the repositories that the stack's file of repositories lists, one on each line. */
export function withListed(values: Values): Listed {
  const { repositoriesFile, repositories } = values
  if (repositoriesFile === '') return { values, faults: [] }
  try {
    return { values: { ...values, repositories: [...repositories, ...readListed(ROOT, repositoriesFile)] }, faults: [] }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    const file = JSON.stringify(repositoriesFile)
    return { values, faults: [`repositoriesFile is ${file}, which cannot be read (${code}); correct the path`] }
  }
}
