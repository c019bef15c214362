import { z } from 'zod'
import { defined, nameField, repositoryField } from './filter.ts'
import { defineTool, READS } from './tool.ts'

const line = z.int().min(1)

const input = z.strictObject({
  repository: repositoryField,
  path: nameField(4096).describe('The path of a file in the repository, as a search gives it.'),
  start_line: line.optional().describe('First line, counted from 1. Default: the first of the file.'),
  end_line: line.optional().describe('Last line, included. Default: the last of the file.'),
})

const output = z.object({
  repository: z.string(),
  path: z.string(),
  language: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  total_lines: z.int(),
  text: z.string(),
  left_out: z.string().optional().describe('What of the file is not in the index.'),
})

export const readFile = defineTool({
  name: 'read_file',
  title: 'Read a file',
  description:
    'Reads a file, or some lines of it, as it was indexed. Use it after search_code or grep_code to see more around a ' +
    'result; give start_line and end_line for long files. It knows indexed files only, nothing else on the disk.',
  annotations: READS,
  right: 'read',
  input,
  output,
  async run({ repository, path, start_line: startLine, end_line: endLine }, { search, scope }) {
    const answer = await search.read({ repository, path, scope, ...defined({ startLine, endLine }) })
    return {
      repository: answer.repository,
      path: answer.path,
      language: answer.language,
      start_line: answer.startLine,
      end_line: answer.endLine,
      total_lines: answer.totalLines,
      text: answer.text,
      ...defined({ left_out: answer.leftOut }),
    }
  },
  render: ({ repository, path, start_line: start, end_line: end, total_lines: total, text, left_out: leftOut }) =>
    `${repository}: ${path}, lines ${start}-${end} of ${total}${leftOut === undefined ? '' : ` (${leftOut})`}\n${text}`,
})
