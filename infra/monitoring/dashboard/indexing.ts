import { course, type Row, table } from './panel.ts'
import { ofRepository, quantile, selected } from './selected.ts'

const JOBS = 'codebase_job_duration_seconds'

export const INDEXING_ROW: Row = {
  title: 'Indexing',
  panels: [
    course(
      {
        title: 'Repositories by state',
        description: 'empty: not indexed yet. failed: the last run failed, and the index before it goes on answering.',
        unit: 'short',
        queries: [{ expr: `max by (state) (${selected('codebase_repositories')})`, legend: '{{state}}' }],
      },
      { stacked: true },
    ),
    course({
      title: 'Open jobs',
      description: 'Jobs by kind and state; index makes a new generation, embed fills in vectors.',
      unit: 'short',
      queries: [{ expr: `max by (kind, state) (${selected('codebase_jobs_open')})`, legend: '{{kind}} {{state}}' }],
    }),
    course({
      title: 'Longest wait of a job',
      description: 'How long the oldest job that nobody has taken has been waiting.',
      unit: 's',
      queries: [{ expr: `max by (kind) (${selected('codebase_jobs_oldest_queued_age_seconds')})`, legend: '{{kind}}' }],
    }),
    course({
      title: 'Jobs that ended',
      description: 'In the last hour, by kind and how they ended; partial had to leave something out.',
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
      description: 'From when it was first taken to its end.',
      unit: 's',
      queries: [0.5, 0.95].map((share) => ({ expr: quantile(share, JOBS, 'kind="index"'), legend: `p${share * 100}` })),
    }),
    course({
      title: 'Size of the index',
      description: 'Files and chunks that searches see.',
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
          'The first hundred by name, of those chosen above. A server with tokens names them only to a Prometheus that has one.',
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
