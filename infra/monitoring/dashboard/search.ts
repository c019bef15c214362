import { course, type Row } from './panel.ts'
import { quantile, ratesBy, selected } from './selected.ts'

const CALLS = 'mcp_server_operation_duration_seconds'
const SEARCH = 'gen_ai_tool_name="search_code"'

export const SEARCH_ROW: Row = {
  title: 'Search',
  panels: [
    course({
      title: 'Tool calls',
      description: 'Calls per second by tool, over MCP and HTTP.',
      unit: 'reqps',
      queries: [{ expr: ratesBy(['gen_ai_tool_name'], `${CALLS}_count`), legend: '{{gen_ai_tool_name}}' }],
    }),
    course({
      title: 'Duration of a search',
      description: '50th, 95th and 99th percentile of searches.',
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((share) => ({ expr: quantile(share, CALLS, SEARCH), legend: `p${share * 100}` })),
    }),
    course({
      title: 'Failed calls',
      description:
        'Failed calls per second by error. request_invalid and …_unknown are errors of the caller, the others of the service.',
      unit: 'reqps',
      queries: [{ expr: ratesBy(['error_type'], `${CALLS}_count`, 'error_type!=""'), legend: '{{error_type}}' }],
    }),
    course({
      title: 'Degraded searches',
      description: 'Share of searches that were not answered by meaning, or only from part of the chunks.',
      unit: 'percentunit',
      queries: [
        {
          expr: `${ratesBy([], 'codebase_search_degraded_total')} / ${ratesBy([], 'codebase_search_legs_total', 'leg="lexical"')}`,
          legend: 'degraded',
        },
        {
          expr: `${ratesBy([], 'codebase_search_legs_total', 'leg="semantic"')} / ${ratesBy([], 'codebase_search_legs_total', 'leg="lexical"')}`,
          legend: 'by meaning too',
        },
      ],
    }),
    course(
      {
        title: 'HTTP requests',
        description: 'Requests per second by status, without probes.',
        unit: 'reqps',
        queries: [
          {
            expr: ratesBy(
              ['http_response_status_code'],
              'http_server_request_duration_seconds_count',
              'http_route!~"/livez|/readyz|/health|/metrics"',
            ),
            legend: '{{http_response_status_code}}',
          },
        ],
      },
      { stacked: true },
    ),
    course({
      title: 'Requests in progress',
      description: 'A process that has 128 requests in progress refuses more with 503.',
      unit: 'short',
      queries: [{ expr: `sum by (instance) (${selected('http_server_active_requests')})`, legend: '{{instance}}' }],
    }),
  ],
}
