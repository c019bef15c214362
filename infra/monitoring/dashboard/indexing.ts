import { course, type Row, table } from './panel.ts'
import { ofRepository, quantile, selected } from './selected.ts'

const JOBS = 'codebase_job_duration_seconds'

export const INDEXING_ROW: Row = {
  title: 'Indexing',
  panels: [
    course(
      {
        title: 'Repositories by state',
        description: 'empty: not indexed yet. failed: the last run failed, and searches use the previous index.',
        unit: 'short',
        queries: [{ expr: `max by (state) (${selected('codebase_repositories')})`, legend: '{{state}}' }],
      },
      { stacked: true },
    ),
    course({
      title: 'Open jobs',
      description: 'Jobs by kind and state. index creates a new generation, embed adds missing vectors.',
      unit: 'short',
      queries: [{ expr: `max by (kind, state) (${selected('codebase_jobs_open')})`, legend: '{{kind}} {{state}}' }],
    }),
    course({
      title: 'Longest wait of a job',
      description: 'Age of the oldest job that no worker has taken.',
      unit: 's',
      queries: [{ expr: `max by (kind) (${selected('codebase_jobs_oldest_queued_age_seconds')})`, legend: '{{kind}}' }],
    }),
    course({
      title: 'Completed jobs',
      description: 'Jobs that ended in the last hour, by kind and result. partial: something was left out.',
      unit: 'short',
      queries: [
        {
          expr: `sum by (kind, state) (increase(${selected(`${JOBS}_count`)}[1h]))`,
          legend: '{{kind}} {{state}}',
        },
      ],
    }),
    course({
      title: 'Duration of an index run',
      description: 'Time from when a worker first took the job until it ended.',
      unit: 's',
      queries: [0.5, 0.95].map((share) => ({ expr: quantile(share, JOBS, 'kind="index"'), legend: `p${share * 100}` })),
    }),
    course({
      title: 'Size of the index',
      description: 'Files and chunks that are visible to searches.',
      unit: 'short',
      queries: ['files', 'chunks', 'embedded_chunks'].map((unit) => ({
        expr: `max(${selected(`codebase_index_${unit}`)})`,
        legend: unit.replace('_', ' '),
      })),
    }),
    table(
      {
        title: 'Repositories',
        description:
          'The first hundred of the selected repositories, by name. A server that requires tokens names repositories only to a Prometheus that has one.',
      },
      { name: 'repository', title: 'Repository' },
      [
        { title: 'Files', unit: 'short', expr: ofRepository('files') },
        { title: 'Chunks', unit: 'short', expr: ofRepository('chunks') },
        {
          title: 'With vectors',
          unit: 'percentunit',
          expr: `${ofRepository('embedded_chunks')} / ${ofRepository('chunks')}`,
        },
        { title: 'Text', unit: 'bytes', expr: ofRepository('bytes') },
        { title: 'Age of the index', unit: 's', expr: `time() - ${ofRepository('indexed_timestamp_seconds')}` },
      ],
    ),
  ],
}
