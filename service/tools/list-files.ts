import { z } from 'zod'
import { defined } from '../fields.ts'
import type { ListedEntry } from '../search/contract.ts'
import { shownPath } from '../search/paths/shown-path.ts'
import { KIB, MIB } from '../units.ts'
import { filterFields, toFilter } from './filter.ts'
import { goOn, nextOffset, notesOf, pageFields, pastTheEnd } from './paging.ts'
import { ANSWER_TOKENS, fitting } from './token-room.ts'
import { defineTool, READS } from './tool.ts'

const input = z.object({ ...filterFields, ...pageFields('entries', { usual: 200, most: 1000 }) })

const output = z.object({
  note: z.string().optional().describe('A note on the state of the index.'),
  files: z.int().describe('Total number of files.'),
  entries: z.array(
    z.object({
      repository: z.string(),
      path: z.string().describe('Ends with a slash if the entry is a folder.'),
      language: z.string().optional(),
      bytes: z.int().optional(),
      files: z.int().optional().describe('Number of files in the folder.'),
    }),
  ),
  next_offset: z.int().optional().describe('The offset to continue with, if there is more.'),
})

type Output = z.input<typeof output>
type Entry = Output['entries'][number]

export const listFiles = defineTool({
  name: 'list_files',
  title: 'List files',
  description:
    'Lists indexed files with sizes and languages, as a tree expanded as far as it fits; path narrows it to a folder or ' +
    'glob. Use it to learn how a repository is laid out, or which files there are.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ limit, offset, ...filter }, { search, scope }) {
    const answer = await search.files({ ...toFilter(filter), scope, limit, offset })
    const found = answer.entries.map(toEntry)
    const entries = fitting(found, ANSWER_TOKENS, (entry) => JSON.stringify(entry))
    const end = offset + entries.length
    return {
      files: answer.files,
      entries,
      ...defined({ note: pastTheEnd(offset, answer.entriesInAll, 'entries') ?? answer.note }),
      ...nextOffset(offset, entries.length, entries.length > 0 && end < answer.entriesInAll),
    }
  },
  render: ({ files, entries, note, ...page }) => {
    const notes = notesOf(note)
    if (files === 0) return ['No file is indexed there. Try a wider path, or list_repositories.', ...notes].join('\n')
    return [...treeOf(entries), `${countOf(files)} in total.`, ...goOn(page, 'entries'), ...notes].join('\n')
  },
})

function toEntry(entry: ListedEntry): Entry {
  const { repository, path } = entry
  return 'bytes' in entry
    ? { repository, path, language: entry.language, bytes: entry.bytes }
    : { repository, path, files: entry.files }
}

/** Returns one line per folder, followed by a line with its files. */
function treeOf(entries: readonly Entry[]): string[] {
  let current: string | undefined
  return entries.flatMap((entry) => {
    const folder = `${entry.repository}: ${shownPath(folderOf(entry)) || './'}`
    const isNew = entry.bytes !== undefined && folder !== current
    current = folder
    return isNew ? [folder, lineOf(entry)] : [lineOf(entry)]
  })
}

/** Returns the folder of a file, and a folder itself. */
const folderOf = ({ path }: Entry) => path.slice(0, path.lastIndexOf('/') + 1)

function lineOf(entry: Entry): string {
  const { path, language, bytes, files } = entry
  if (bytes === undefined) return `${entry.repository}: ${shownPath(path)} (${countOf(files ?? 0)})`
  return `  ${shownPath(path.slice(path.lastIndexOf('/') + 1))}  ${language}, ${sizeOf(bytes)}`
}

const countOf = (files: number) => (files === 1 ? '1 file' : `${files} files`)

function sizeOf(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`
  return bytes < MIB ? `${(bytes / KIB).toFixed(1)} KB` : `${(bytes / MIB).toFixed(1)} MB`
}
