import { course, type Row } from './panel.ts'
import { quantile, ratesBy, selected, shared } from './selected.ts'

const REQUESTS = 'gen_ai_client_operation_duration_seconds'

export const EMBEDDINGS: Row = {
  title: 'Embeddings',
  panels: [
    course({
      title: 'Texts embedded',
      description: 'Texts a second that Ollama gave a vector for: documents when indexing, questions when searching.',
      unit: 'ops',
      queries: [{ expr: ratesBy(['purpose'], 'codebase_embedded_texts_total'), legend: '{{purpose}}' }],
    }),
    course({
      title: 'Duration of a request',
      description:
        '95 % of the requests to Ollama took less than this, with their retries. A search waits 0.2 to 1 s for its own.',
      unit: 's',
      queries: ['document', 'query'].map((purpose) => ({
        expr: quantile(0.95, REQUESTS, `purpose="${purpose}"`),
        legend: purpose,
      })),
    }),
    course({
      title: 'Requests',
      description: 'Requests to Ollama a second, by purpose and by the fault that they ended with.',
      unit: 'reqps',
      queries: [
        { expr: ratesBy(['purpose', 'error_type'], `${REQUESTS}_count`), legend: '{{purpose}} {{error_type}}' },
      ],
    }),
    course({
      title: 'Chunks with vectors',
      description: 'The share of the chunks that the semantic leg knows.',
      unit: 'percentunit',
      queries: [
        {
          expr: `${shared('codebase_index_embedded_chunks')} / ${shared('codebase_index_chunks')}`,
          legend: 'embedded',
        },
      ],
    }),
    course({
      title: 'State of the embedder',
      description: 'As each process sees it: 1 at what it is.',
      unit: 'short',
      queries: [
        { expr: `${selected('codebase_embedder_state')} == 1`, legend: '{{component}} {{instance}}: {{state}}' },
      ],
    }),
    course({
      title: 'Breaker',
      description: '1 while questions go without a vector, because the embedder was found to be down.',
      unit: 'short',
      queries: [{ expr: selected('codebase_embedder_breaker_open'), legend: '{{component}} {{instance}}' }],
    }),
  ],
}
