import { z } from 'zod'
import { Fault } from '../errors.ts'
import { defined, nameField } from './filter.ts'
import { defineTool } from './tool.ts'

const input = z.strictObject({
  path: nameField(4096).optional().describe('The absolute path of a folder on the machine of the server.'),
  url: nameField(2000)
    .optional()
    .describe(
      'The URL of a repository on a git server, instead of path; a branch or tag may follow: https://host/team/name.git#branch.',
    ),
  force: z.boolean().default(false).describe('Read and analyse every file again, not only what has changed.'),
})

const output = z.object({
  job_id: z.string().describe('What get_indexing_status takes.'),
  repository: z.string(),
  state: z.string(),
})

export const indexRepository = defineTool({
  name: 'index_repository',
  title: 'Index a repository',
  description:
    'Adds a folder or a repository on a git server to the index, or brings it up to date, so that the other tools find its code. Returns at once with the ' +
    'id of a job; get_indexing_status tells how far it is. Running it again is cheap: only what changed is read.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  right: 'index',
  input,
  output,
  async run({ path, url, force }, { catalogue, scope }) {
    if ((path === undefined) === (url === undefined)) {
      throw new Fault('request_invalid', 'index_repository needs either path or url', 'Give exactly one of the two')
    }
    const job = await catalogue.index(defined({ path, url }), force, scope)
    return { job_id: job.id, repository: job.repository, state: job.state }
  },
  render: ({ job_id: id, repository, state }) => `${repository}: ${state}, job ${id}`,
})
