import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DASHBOARD } from '../../infra/monitoring/dashboard.ts'
import { prometheusConfig } from '../../infra/monitoring/prometheus.ts'
import { RULE_GROUPS, ruleGroupsFor } from '../../infra/monitoring/rules.ts'
import { queriesOf, withoutVariables } from './promql.ts'

interface Case {
  readonly alert: string
  readonly when: string
  /** Series without the labels of their target, one value per step. A step is a minute unless `step` is set. */
  readonly series: Readonly<Record<string, string>>
  readonly minute: number
  readonly step?: '1h'
  /** The summary and additional labels of the alert. Undefined if it must not fire. */
  readonly fires?: { readonly summary: string; readonly labels?: Readonly<Record<string, string>> }
}

const DAY = 86_400
/** All rules: those of a stack in a namespace with backups. */
const GROUPS = ruleGroupsFor({ namespace: 'code', backups: { backup: DAY, restoreTest: 7 * DAY } })
const RULES = GROUPS.groups.flatMap(({ rules }) => rules)
const TARGET = { job: 'codebase-mcp', namespace: 'code', component: 'server', instance: 'server:8000' }

const CALLS = 'mcp_server_operation_duration_seconds_count'
const REQUESTS = 'http_server_request_duration_seconds_count'
const DURATIONS = 'mcp_server_operation_duration_seconds_bucket'
const READY_EMBEDDER = { 'codebase_embedder_state{state="off"}': '0x120' }
const NO_EMBEDDER = { 'codebase_embedder_state{state="off"}': '1x120' }
const LABELS = { target: TARGET, stack: { job: 'codebase-mcp', namespace: 'code' } }

const CASES: readonly Case[] = [
  {
    alert: 'CodebaseMcpDown',
    when: 'a process is not reached',
    series: { up: '1 0x10' },
    minute: 4,
    fires: { summary: 'server of Codebase MCP does not answer', labels: LABELS.target },
  },
  {
    alert: 'CodebaseMcpDown',
    when: 'there is nothing to reach any more',
    series: {},
    minute: 4,
    fires: { summary: 'server of Codebase MCP does not answer', labels: { ...LABELS.stack, component: 'server' } },
  },
  { alert: 'CodebaseMcpDown', when: 'one scrape fails', series: { up: '1 0 1x10' }, minute: 3 },
  {
    alert: 'CodebaseMcpNotReady',
    when: 'it runs without its database',
    series: { codebase_ready: '0x10' },
    minute: 4,
    fires: {
      summary: 'server is running but cannot answer: its database is unreachable or has the wrong schema',
      labels: LABELS.target,
    },
  },
  { alert: 'CodebaseMcpNotReady', when: 'it is ready', series: { codebase_ready: '1x10' }, minute: 9 },
  {
    alert: 'CodebaseMcpRestarting',
    when: 'it was started three times more',
    series: { process_start_time_seconds: '100x5 400x5 700x5 900x30' },
    minute: 20,
    fires: { summary: 'server was restarted 3 times in 30 minutes', labels: LABELS.target },
  },
  {
    alert: 'CodebaseMcpRestarting',
    when: 'somebody brought it up anew, twice',
    series: { process_start_time_seconds: '100x5 400x5 700x30' },
    minute: 20,
  },
  {
    alert: 'CodebaseMcpRequestsFail',
    when: 'one request of ten fails',
    series: {
      [`${REQUESTS}{http_route="/mcp", http_response_status_code="200"}`]: '0+9x30',
      [`${REQUESTS}{http_route="/mcp", http_response_status_code="500"}`]: '0+1x30',
    },
    minute: 20,
    fires: { summary: '10% of HTTP requests fail', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpRequestsFail',
    when: 'only probes find it not ready',
    series: {
      [`${REQUESTS}{http_route="/mcp", http_response_status_code="200"}`]: '0+9x30',
      [`${REQUESTS}{http_route="/readyz", http_response_status_code="503"}`]: '0+9x30',
    },
    minute: 20,
  },
  {
    alert: 'CodebaseMcpRequestsFail',
    when: 'one of two requests fails, and there were no more',
    series: { [`${REQUESTS}{http_route="/mcp", http_response_status_code="500"}`]: '0x10 1x10' },
    minute: 16,
  },
  {
    alert: 'CodebaseMcpToolsFail',
    when: 'the database is away for a quarter of the calls',
    series: {
      [`${CALLS}{gen_ai_tool_name="search_code", error_type=""}`]: '0+3x30',
      [`${CALLS}{gen_ai_tool_name="search_code", error_type="database_unavailable"}`]: '0+1x30',
    },
    minute: 20,
    fires: { summary: '25% of tool calls fail because of the service', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpToolsFail',
    when: 'agents ask for what there is not',
    series: {
      [`${CALLS}{gen_ai_tool_name="read_file", error_type=""}`]: '0+3x30',
      [`${CALLS}{gen_ai_tool_name="read_file", error_type="file_unknown"}`]: '0+9x30',
    },
    minute: 20,
  },
  {
    alert: 'CodebaseMcpSearchSlow',
    when: 'most searches take more than a second',
    series: {
      [`${DURATIONS}{gen_ai_tool_name="search_code", le="1"}`]: '0+1x60',
      [`${DURATIONS}{gen_ai_tool_name="search_code", le="2.5"}`]: '0+10x60',
      [`${DURATIONS}{gen_ai_tool_name="search_code", le="+Inf"}`]: '0+10x60',
    },
    minute: 40,
    fires: { summary: '5 % of searches take longer than 2.417s', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpSearchSlow',
    when: 'searches are quick and greps are slow',
    series: {
      [`${DURATIONS}{gen_ai_tool_name="search_code", le="0.1"}`]: '0+10x60',
      [`${DURATIONS}{gen_ai_tool_name="search_code", le="+Inf"}`]: '0+10x60',
      [`${DURATIONS}{gen_ai_tool_name="grep_code", le="0.1"}`]: '0x60',
      [`${DURATIONS}{gen_ai_tool_name="grep_code", le="+Inf"}`]: '0+10x60',
    },
    minute: 40,
  },
  {
    alert: 'CodebaseMcpSearchDegraded',
    when: 'half of the searches lack the semantic leg',
    series: {
      ...READY_EMBEDDER,
      codebase_search_degraded_total: '0+2x40',
      'codebase_search_legs_total{leg="lexical"}': '0+4x40',
    },
    minute: 30,
    fires: {
      summary: '50% of searches are answered by words only',
      labels: LABELS.stack,
    },
  },
  {
    alert: 'CodebaseMcpSearchDegraded',
    when: 'embeddings are switched off',
    series: {
      ...NO_EMBEDDER,
      codebase_search_degraded_total: '0+4x40',
      'codebase_search_legs_total{leg="lexical"}': '0+4x40',
    },
    minute: 30,
  },
  {
    alert: 'CodebaseMcpQueueStuck',
    when: 'jobs wait and nobody takes them',
    series: {
      'codebase_jobs_open{kind="index", state="queued"}': '3x20',
      'codebase_jobs_open{kind="index", state="running"}': '0x20',
      'codebase_jobs_open{kind="embed", state="queued"}': '0x20',
      'codebase_jobs_open{kind="embed", state="running"}': '0x20',
    },
    minute: 10,
    fires: {
      summary: '3 index jobs are waiting and none is running',
      labels: { ...LABELS.stack, kind: 'index' },
    },
  },
  {
    alert: 'CodebaseMcpQueueStuck',
    when: 'another one is worked on',
    series: {
      'codebase_jobs_open{kind="index", state="queued"}': '3x20',
      'codebase_jobs_open{kind="index", state="running"}': '1x20',
    },
    minute: 10,
  },
  {
    alert: 'CodebaseMcpQueueOld',
    when: 'a job has been waiting for an hour',
    series: { 'codebase_jobs_oldest_queued_age_seconds{kind="index"}': '3600x20' },
    minute: 10,
    fires: { summary: 'A job has been waiting for 1h 0m 0s', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpQueueOld',
    when: 'jobs wait for minutes',
    series: { 'codebase_jobs_oldest_queued_age_seconds{kind="index"}': '600x20' },
    minute: 10,
  },
  {
    alert: 'CodebaseMcpJobsFail',
    when: 'a job fails',
    series: { 'codebase_job_duration_seconds_count{kind="index", state="failed"}': '0x20 1x20' },
    minute: 21,
    fires: {
      summary: '1 index jobs failed in 15 minutes',
      labels: { ...LABELS.stack, kind: 'index' },
    },
  },
  {
    alert: 'CodebaseMcpJobsFail',
    when: 'jobs succeed',
    series: {
      'codebase_job_duration_seconds_count{kind="index", state="failed"}': '0x40',
      'codebase_job_duration_seconds_count{kind="index", state="succeeded"}': '0+1x40',
    },
    minute: 30,
  },
  {
    alert: 'CodebaseMcpRepositoryFailed',
    when: 'a last run failed',
    series: { 'codebase_repositories{state="failed"}': '2x40' },
    minute: 20,
    fires: {
      summary: 'The last run of 2 repositories failed; searches use the previous index',
      labels: LABELS.stack,
    },
  },
  {
    alert: 'CodebaseMcpRepositoryFailed',
    when: 'all is indexed',
    series: { 'codebase_repositories{state="failed"}': '0x40', 'codebase_repositories{state="ready"}': '2x40' },
    minute: 20,
  },
  {
    alert: 'CodebaseMcpIndexOld',
    when: 'nobody has indexed for more than a week',
    step: '1h',
    series: { codebase_index_oldest_timestamp_seconds: '0x200' },
    minute: 11_520,
    fires: { summary: 'A repository was last indexed 8d 0h 0m 0s ago', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpIndexOld',
    when: 'it was indexed yesterday',
    step: '1h',
    series: { codebase_index_oldest_timestamp_seconds: '0x200' },
    minute: 1440,
  },
  {
    alert: 'CodebaseMcpEmbedderDown',
    when: 'Ollama has no model',
    series: { 'codebase_embedder_state{state="model_missing"}': '1x20', ...READY_EMBEDDER },
    minute: 10,
    fires: {
      summary: 'Ollama cannot be used; searches use the model in the package',
      labels: LABELS.stack,
    },
  },
  { alert: 'CodebaseMcpEmbedderDown', when: 'embeddings are switched off', series: NO_EMBEDDER, minute: 10 },
  {
    alert: 'CodebaseMcpEmbeddingsBehind',
    when: 'half of the chunks lack vectors, and there come no more',
    series: { ...READY_EMBEDDER, codebase_index_chunks: '200x120', codebase_index_embedded_chunks: '100x120' },
    minute: 90,
    fires: {
      summary: '50% of chunks have no vector, and no vectors were added in 30 minutes',
      labels: LABELS.stack,
    },
  },
  {
    alert: 'CodebaseMcpEmbeddingsBehind',
    when: 'vectors are being made',
    series: { ...READY_EMBEDDER, codebase_index_chunks: '2000x120', codebase_index_embedded_chunks: '0+1x120' },
    minute: 90,
  },
  {
    alert: 'CodebaseMcpEmbeddingsBehind',
    when: 'embeddings are switched off',
    series: { ...NO_EMBEDDER, codebase_index_chunks: '200x120', codebase_index_embedded_chunks: '0x120' },
    minute: 90,
  },
  {
    alert: 'CodebaseMcpMemoryNearLimit',
    when: 'it takes 95 % of its limit',
    series: { process_resident_memory_bytes: '950x30', codebase_memory_limit_bytes: '1000x30' },
    minute: 20,
    fires: { summary: 'server uses 95% of its memory limit', labels: LABELS.target },
  },
  {
    alert: 'CodebaseMcpMemoryNearLimit',
    when: 'there is no limit',
    series: { process_resident_memory_bytes: '950x30' },
    minute: 20,
  },
  {
    alert: 'CodebaseMcpDatabasePoolExhausted',
    when: 'requests wait for a connection again and again',
    series: { db_client_connection_pending_requests: '3x10' },
    minute: 5,
    fires: { summary: '3 requests of server are waiting for a database connection', labels: LABELS.target },
  },
  {
    alert: 'CodebaseMcpDatabasePoolExhausted',
    when: 'some wait for a moment',
    series: { db_client_connection_pending_requests: '0 3 0x10' },
    minute: 5,
  },
  {
    alert: 'CodebaseMcpBackupFailed',
    when: 'the last one failed',
    series: { codebase_backup_last_status: '1x5 0x5' },
    minute: 7,
    fires: { summary: 'The last backup failed; earlier backups are kept', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpBackupFailed',
    when: 'the one after a failed one is good',
    series: { codebase_backup_last_status: '0x5 1x5' },
    minute: 8,
  },
  {
    alert: 'CodebaseMcpBackupOld',
    when: 'one of each day was missed, and the next one is late',
    step: '1h',
    series: { codebase_backup_last_success_timestamp_seconds: '0x200' },
    minute: 38 * 60,
    fires: { summary: 'The last successful backup was made 1d 14h 0m 0s ago', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpBackupOld',
    when: 'the one of today takes its time',
    step: '1h',
    series: { codebase_backup_last_success_timestamp_seconds: '0x200' },
    minute: 30 * 60,
  },
  {
    alert: 'CodebaseMcpBackupMissing',
    when: 'there was none after a day and a half',
    step: '1h',
    series: { codebase_ready: '1x200' },
    minute: 40 * 60,
    fires: { summary: 'There has never been a successful backup, or its metrics are missing', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpBackupMissing',
    when: 'the first one is still to come',
    step: '1h',
    series: { codebase_backup_last_success_timestamp_seconds: '_x20 72000x200' },
    minute: 40 * 60,
  },
  {
    alert: 'CodebaseMcpRestoreTestFailed',
    when: 'the last backup was not what it should be',
    series: { codebase_restore_test_last_status: '0x5' },
    minute: 3,
    fires: { summary: 'The last restore test failed', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpRestoreTestFailed',
    when: 'it was',
    series: { codebase_restore_test_last_status: '1x5' },
    minute: 3,
  },
  {
    alert: 'CodebaseMcpRestoreTestOld',
    when: 'one of each week was missed',
    step: '1h',
    series: { codebase_restore_test_last_success_timestamp_seconds: '0x300' },
    minute: 10 * 24 * 60,
    fires: { summary: 'The last successful restore test was 10d 0h 0m 0s ago', labels: LABELS.stack },
  },
  {
    alert: 'CodebaseMcpRestoreTestOld',
    when: 'the next one is to come',
    step: '1h',
    series: { codebase_restore_test_last_success_timestamp_seconds: '0x300' },
    minute: 6 * 24 * 60,
  },
]

test('a stack without backups and without a namespace has the same rules except those for backups', () => {
  const others = RULES.filter(({ alert }) => !/Backup|RestoreTest/.test(alert))
  const plain = others.map((rule) => ({ ...rule, expr: rule.expr.replaceAll(', namespace="code"', '') }))
  expect(RULE_GROUPS.groups.flatMap(({ rules }) => rules)).toEqual(plain)
})

test('each rule has a test in which it fires, and one in which it does not', () => {
  const cases = (fires: boolean) =>
    new Set(CASES.filter((one) => (one.fires !== undefined) === fires).map(({ alert }) => alert))
  const all = RULES.map(({ alert }) => alert).toSorted()
  expect([...cases(true)].toSorted()).toEqual(all)
  expect([...cases(false)].toSorted()).toEqual(all)
})

const PROMTOOL = 'promtool'
const hasPromtool = spawnSync(PROMTOOL, ['--version']).error === undefined

describe.skipIf(!hasPromtool)('on Prometheus’ own promtool (skipped if it is not on the PATH)', () => {
  let folder: string
  const file = (name: string) => join(folder, name)
  const promtool = (...args: string[]) => promisify(execFile)(PROMTOOL, args)
  const write = (name: string, content: object) => writeFile(file(name), JSON.stringify(content))

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codebase-mcp-rules-'))
    await write('rules.json', GROUPS)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('the configuration and its rules are valid', async () => {
    await write('prometheus.json', prometheusConfig({ targets: { server: 'server:8000' }, rules: file('rules.json') }))
    const { stdout } = await promtool('check', 'config', file('prometheus.json'))
    expect(stdout).toContain(`SUCCESS: ${RULES.length} rules found`)
  })

  test('the queries of the dashboard are valid', async () => {
    const rules = queriesOf(DASHBOARD).map((expr, at) => ({ record: `query_${at}`, expr: withoutVariables(expr) }))
    await write('dashboard.json', { groups: [{ name: 'dashboard', rules }] })
    const { stdout } = await promtool('check', 'rules', file('dashboard.json'))
    expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`)
  })

  test.each(CASES)('$alert where $when', async (one) => {
    await write('test.json', promtoolTest(one))
    const { stdout } = await promtool('test', 'rules', file('test.json'))
    expect(stdout).toContain('SUCCESS')
  })
})

function promtoolTest({ alert, series, minute, fires, step }: Case) {
  const rule = RULES.find((one) => one.alert === alert)
  return {
    rule_files: ['rules.json'],
    evaluation_interval: step ?? '1m',
    tests: [
      {
        interval: step ?? '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: ofTarget(name), values })),
        alert_rule_test: [
          { eval_time: `${minute}m`, alertname: alert, exp_alerts: fires === undefined ? [] : [expected(fires)] },
        ],
      },
    ],
  }
  function expected({ summary, labels = {} }: NonNullable<Case['fires']>) {
    return {
      exp_labels: { ...rule?.labels, ...labels },
      exp_annotations: { summary, remedy: rule?.annotations.remedy },
    }
  }
}

function ofTarget(series: string): string {
  const [name = '', labels = ''] = series.split(/[{}]/)
  const target = Object.entries(TARGET).map(([label, value]) => `${label}="${value}"`)
  return `${name}{${[...target, ...(labels === '' ? [] : [labels])].join(', ')}}`
}
