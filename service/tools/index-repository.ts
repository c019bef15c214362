import { z } from 'zod'
import { Fault } from '../errors.ts'
import { defined } from '../fields.ts'
import { nameField } from './filter.ts'
import { defineTool } from './tool.ts'

const input = z.object({
  path: nameField(4096)
    .optional()
    .describe('Absolute path of a folder on the machine of the server, or the name of a repository.'),
  url: nameField(2000).optional().describe('Or the URL of a git repository: https://host/team/name.git#branch.'),
  force: z.boolean().default(false).describe('true: analyse every file again, not only what has changed.'),
})

const output = z.object({
  job_id: z.string().describe('Pass it to get_indexing_status.'),
  repository: z.string(),
  state: z.string(),
  path: z
    .string()
    .optional()
    .describe('Path of the folder in that repository, which is of a folder around it and has its files.'),
})

export const indexRepository = defineTool({
  name: 'index_repository',
  title: 'Index a repository',
  description:
    'Updates the index of a folder or git repository, or adds one that the settings allow ' +
    '(REPOSITORY_ROOTS, GIT_ALLOWED_URLS). Returns at once; get_indexing_status reports the progress of its job.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  right: 'index',
  input,
  output,
  promisesFields: true,
  async run({ path, url, force }, { catalogue, scope }) {
    if ((path === undefined) === (url === undefined)) {
      throw new Fault('request_invalid', 'A repository needs either path or url', 'Give exactly one of the two')
    }
    const job = await catalogue.index({ ...defined({ path, url }), force }, scope)
    return { job_id: job.id, repository: job.repository, state: job.state, ...defined({ path: job.path }) }
  },
  render: ({ job_id: id, repository, state, path }) =>
    `${repository}: ${state}, job ${id}${path === undefined ? '' : `. The folder is part of it: search with path ${JSON.stringify(path)}`}`,
})
