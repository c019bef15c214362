import { BACKUPS } from './dashboard/backups.ts'
import { EMBEDDINGS } from './dashboard/embeddings.ts'
import { INDEXING_ROW } from './dashboard/indexing.ts'
import { DATASOURCE, placed } from './dashboard/layout.ts'
import { OVERVIEW } from './dashboard/overview.ts'
import { RESOURCES_ROW } from './dashboard/resources.ts'
import { SEARCH_ROW } from './dashboard/search.ts'
import { series } from './series.ts'

/** The Grafana dashboard. It names no host, and works with any Prometheus that scrapes the stack. */
export const DASHBOARD = {
  uid: 'codebase-mcp',
  title: 'Codebase MCP',
  description: 'Searches and their latency, indexing, and resource usage.',
  tags: ['codebase-mcp'],
  schemaVersion: 41,
  editable: true,
  graphTooltip: 1,
  refresh: '30s',
  time: { from: 'now-3h', to: 'now' },
  timezone: 'browser',
  templating: {
    list: [
      { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
      variable('namespace', 'Namespace', series('codebase_build_info')),
      variable('repository', 'Repository', series('codebase_repository_chunks', 'namespace=~"$namespace"')),
    ],
  },
  annotations: { list: [] },
  panels: placed([OVERVIEW, SEARCH_ROW, INDEXING_ROW, EMBEDDINGS, RESOURCES_ROW, BACKUPS]),
}

/**
 * A variable with the values of a label, of which several can be selected. The default includes series without the
 * label.
 */
function variable(name: string, label: string, from: string): object {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query: `label_values(${from}, ${name})`, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  }
}
