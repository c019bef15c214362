import { z } from 'zod'

/** Returns the fields for reading a long answer in parts. */
export const pageFields = (unit: string, limit: { readonly usual: number; readonly most: number }) => ({
  limit: z
    .int()
    .min(1)
    .max(limit.most)
    .default(limit.usual)
    .describe(`Maximum number of ${unit}. Default: ${limit.usual}.`),
  offset: z
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe(`How many ${unit} to skip: the next_offset of the previous answer.`),
})

/** Returns where the next part begins, if there is more. */
export function nextOffset(offset: number, shown: number, isMore: boolean): { readonly next_offset?: number } {
  return isMore ? { next_offset: offset + shown } : {}
}

/** Returns a note if a part begins past the end. */
export function pastTheEnd(offset: number, total: number, what: string): string | undefined {
  return total > 0 && offset >= total ? `offset ${offset} is past the end: there are ${total} ${what}.` : undefined
}

export const isPastTheEnd = (note: string | undefined) => note?.startsWith('offset ') ?? false

export const goOn = ({ next_offset: next }: { readonly next_offset?: number | undefined }, what: string): string[] =>
  next === undefined ? [] : [`There are more ${what}: continue with offset ${next}, or narrow the request.`]

/** Returns the lines with notes for the reader. */
export const notesOf = (...notes: readonly (string | undefined)[]) =>
  notes.flatMap((note) => (note === undefined ? [] : [`Note: ${note}`]))
