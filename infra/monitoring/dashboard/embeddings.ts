import { course, type Row } from './panel.ts'
import { quantile, ratesBy, selected, shared } from './selected.ts'

const REQUESTS = 'gen_ai_client_operation_duration_seconds'

export const EMBEDDINGS: Row = {
  title: 'Embeddings',
  panels: [
    course({
      title: 'Texts embedded',
      description: 'Texts per second that Ollama embedded: documents during indexing, queries during searches.',
      unit: 'ops',
      queries: [{ expr: ratesBy(['purpose'], 'codebase_embedded_texts_total'), legend: '{{purpose}}' }],
    }),
    course({
      title: 'Duration of a request',
      description: '95th percentile of requests to Ollama, including retries. A search waits 0.2 to 1 s for its query.',
      unit: 's',
      queries: ['document', 'query'].map((purpose) => ({
        expr: quantile(0.95, REQUESTS, `purpose="${purpose}"`),
        legend: purpose,
      })),
    }),
    course({
      title: 'Requests',
      description: 'Requests to Ollama per second, by purpose and error.',
      unit: 'reqps',
      queries: [
        { expr: ratesBy(['purpose', 'error_type'], `${REQUESTS}_count`), legend: '{{purpose}} {{error_type}}' },
      ],
    }),
    course({
      title: 'Chunks with vectors',
      description: 'Share of chunks that have a vector and so can be found by meaning.',
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
      description: 'State as each process sees it; the current state has the value 1.',
      unit: 'short',
      queries: [
        { expr: `${selected('codebase_embedder_state')} == 1`, legend: '{{component}} {{instance}}: {{state}}' },
      ],
    }),
    course({
      title: 'Breaker',
      description: '1 while searches skip the embedder because it was found to be down.',
      unit: 'short',
      queries: [{ expr: selected('codebase_embedder_breaker_open'), legend: '{{component}} {{instance}}' }],
    }),
  ],
}
