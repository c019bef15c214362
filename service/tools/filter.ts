import { z } from 'zod'
import { defined } from '../fields.ts'
import { languagesNamed } from '../indexing/files/language-names.ts'
import type { Filter } from '../search/contract.ts'

/** A name that can be stored: UTF-8 without lone surrogates, and without NUL, which no database accepts. */
export const nameField = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine(
      (name) => !name.includes('\0') && name.isWellFormed(),
      'Invalid input: expected no NUL and no half characters',
    )

export const repositoryField = nameField(1000)
  .optional()
  .describe('A repository, by its name, folder, URL or owner/name. Default: all.')

/** The fields that narrow a search, the same in every tool. */
export const filterFields = {
  repository: repositoryField,
  path: nameField(1000)
    .optional()
    .describe('Only files in this folder or matching this glob; several with commas: src, **/*.test.ts, !test/**.'),
  language: nameField(1000)
    .optional()
    .describe('Only files in this language; several with commas: typescript, py, c++, !go.'),
}

export interface FilterInput {
  readonly repository?: string | undefined
  readonly path?: string | undefined
  readonly language?: string | undefined
}

/** @throws Fault `request_invalid` if a language is unknown */
export function toFilter({ repository, path, language }: FilterInput): Filter {
  return defined({ repository, path, languages: language === undefined ? undefined : languagesNamed(language) })
}
