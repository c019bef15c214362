import { modelFamily } from './model-name.ts'

interface Prefixes {
  readonly query: string
  readonly document: string
}

const RETRIEVAL = { query: 'Represent this sentence for searching relevant passages: ', document: '' }
const CODE_RETRIEVAL = { query: 'Represent this query for searching relevant code: ', document: '' }

/** By the start of the family's name; the first match is used. The wording comes from each model's card. */
const TABLE: readonly (readonly [family: string, prefixes: Prefixes])[] = [
  ['nomic-embed-code', CODE_RETRIEVAL],
  ['coderankembed', CODE_RETRIEVAL],
  ['nomic-embed-text', { query: 'search_query: ', document: 'search_document: ' }],
  ['mxbai-embed', RETRIEVAL],
  ['snowflake-arctic-embed2', { query: 'query: ', document: '' }],
  ['snowflake-arctic-embed', RETRIEVAL],
  ['bge-large', RETRIEVAL],
  ['multilingual-e5', { query: 'query: ', document: 'passage: ' }],
  ['embeddinggemma', { query: 'task: code retrieval | query: ', document: 'title: none | text: ' }],
  [
    'qwen3-embedding',
    { query: 'Instruct: Given a question, retrieve the code that answers it\nQuery: ', document: '' },
  ],
]

/** Returns the prefixes with which a model was trained to read questions and documents. */
export function prefixesOf(model: string): Prefixes {
  const family = modelFamily(model)
  return TABLE.find(([start]) => family.startsWith(start))?.[1] ?? { query: '', document: '' }
}
