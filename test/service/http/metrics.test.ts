import { afterEach, describe, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { EVERY_REPOSITORY, NO_REPOSITORY } from '../../../service/access/repository-scope.ts'
import { parseTokens } from '../../../service/access/tokens.ts'
import type { Metrics } from '../../../service/http/metrics.ts'
import type { StateSources } from '../../../service/http/state-metrics.ts'
import { BACKUP_RUN, exercised, metricsOf, REPOSITORY, seriesOf } from '../../fakes/exercised-metrics.ts'
import { ask, startServer } from './running-server.ts'

async function valuesOf(metrics: Metrics, named = false) {
  const series = seriesOf(await metrics.text(named ? EVERY_REPOSITORY : NO_REPOSITORY))
  return (name: string, labels: Record<string, string> = {}) =>
    series.find(
      (one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
    )?.value
}

const stateOf = (sources: Partial<StateSources>, named?: boolean) => valuesOf(metricsOf(sources), named)

const DOWN = () => Promise.reject(new Error('The database does not answer'))

describe('the counters', () => {
  test('exist before the first event, so that their first increase is visible', async () => {
    const value = await valuesOf(metricsOf())
    expect([
      value('codebase_search_legs_total', { leg: 'semantic' }),
      value('codebase_search_degraded_total'),
      value('mcp_server_operation_duration_seconds_count', { gen_ai_tool_name: 'search_code' }),
      value('codebase_job_duration_seconds_count', { kind: 'index', state: 'failed' }),
      value('codebase_embedded_texts_total', { purpose: 'document' }),
    ]).toEqual([0, 0, 0, 0, 0])
  })

  test('cover searches, by the legs that answered', async () => {
    const value = await valuesOf(exercised(metricsOf()))
    expect([
      value('codebase_search_legs_total', { leg: 'lexical' }),
      value('codebase_search_legs_total', { leg: 'semantic' }),
      value('codebase_search_degraded_total'),
    ]).toEqual([1, 0, 1])
  })

  test('cover finished jobs, with their durations', async () => {
    const metrics = exercised(metricsOf())
    metrics.job({ ...JOB_UNDER_WAY, state: 'running' })
    const value = await valuesOf(metrics)
    expect(value('codebase_job_duration_seconds_sum', { kind: 'index', state: 'succeeded' })).toBe(2.5)
    expect(value('codebase_job_duration_seconds_count', { kind: 'index', state: 'running' })).toBeUndefined()
  })

  test('cover requests to the embedder, by purpose and fault', async () => {
    const value = await valuesOf(exercised(metricsOf()))
    const requests = 'gen_ai_client_operation_duration_seconds_count'
    expect([
      value(requests, { purpose: 'document', error_type: '' }),
      value(requests, { purpose: 'query', error_type: 'embedder_unavailable' }),
      value('codebase_embedded_texts_total', { purpose: 'document' }),
    ]).toEqual([1, 1, 16])
  })
})

const JOB_UNDER_WAY = {
  id: '6a1d1c1e-0000-4000-8000-000000000002',
  repository: 'shop',
  kind: 'index' as const,
  progress: {},
  createdAt: new Date(),
  startedAt: new Date(),
}

describe('the gauges', () => {
  test('show the running version', async () => {
    const value = await stateOf({})
    expect(value('codebase_build_info', { version: manifest.version })).toBe(1)
  })

  test('show whether the server is ready', async () => {
    expect((await stateOf({}))('codebase_ready')).toBe(1)
    expect((await stateOf({ ready: DOWN }))('codebase_ready')).toBe(0)
  })

  test('show 1 for the state of the embedder and 0 for the others', async () => {
    const value = await stateOf({
      checkEmbedder: async () => ({ state: 'model_missing', reason: 'It was never pulled' }),
      isBreakerOpen: () => true,
    })
    const states = ['ready', 'off', 'unreachable', 'model_missing']
    expect(states.map((state) => value('codebase_embedder_state', { state }))).toEqual([0, 0, 0, 1])
    expect(value('codebase_embedder_breaker_open')).toBe(1)
  })

  test('show an embedder that cannot even be asked as unreachable', async () => {
    const value = await stateOf({ checkEmbedder: () => Promise.reject(new Error('a reply that nobody understands')) })
    expect(value('codebase_embedder_state', { state: 'unreachable' })).toBe(1)
  })

  test('show connections, and how many callers wait for one', async () => {
    const value = await stateOf({})
    expect([
      value('db_client_connection_count', { db_client_connection_state: 'used' }),
      value('db_client_connection_count', { db_client_connection_state: 'idle' }),
      value('db_client_connection_pending_requests'),
      value('db_client_connection_max'),
    ]).toEqual([2, 1, 4, 5])
    expect((await stateOf({ connections: undefined }))('db_client_connection_max')).toBeUndefined()
  })

  test('show open jobs, and how long the oldest has been waiting', async () => {
    const value = await stateOf({})
    expect([
      value('codebase_jobs_open', { kind: 'index', state: 'queued' }),
      value('codebase_jobs_open', { kind: 'embed', state: 'queued' }),
      value('codebase_jobs_oldest_queued_age_seconds', { kind: 'index' }),
      value('codebase_jobs_oldest_queued_age_seconds', { kind: 'embed' }),
    ]).toEqual([2, 0, 90, 0])
  })

  test('show the results of the last backup and restore test, and when each last succeeded', async () => {
    const { succeededAt: _, bytes: __, ...failed } = { ...BACKUP_RUN, kind: 'restore_test' as const, succeeded: false }
    const value = await stateOf({ backupRuns: async () => [BACKUP_RUN, failed] })
    const of = (kind: string) =>
      ['last_status', 'last_success_timestamp_seconds', 'last_duration_seconds', 'last_size_bytes'].map((unit) =>
        value(`codebase_${kind}_${unit}`),
      )
    expect(of('backup')).toEqual([1, Date.parse('2026-11-20T02:01:00Z') / 1000, 60, 300_000_000])
    expect(of('restore_test')).toEqual([0, undefined, 60, undefined])
    expect(value('codebase_restore_test_last_timestamp_seconds')).toBe(Date.parse('2026-11-20T02:01:00Z') / 1000)
  })

  test('show nothing about backups if there are none', async () => {
    const value = await stateOf({ backupRuns: async () => [] })
    expect(value('codebase_backup_last_status')).toBeUndefined()
  })

  test('show the results of listing organisations, and their names to callers who may see everything', async () => {
    const fault = { code: 'remote_denied', message: 'No', remedy: 'Ask' }
    const listedSources = async () => [
      { url: 'https://github.com/acme', listedAt: new Date('2026-11-20T10:00:00Z'), repositories: 12 },
      { url: 'https://github.com/gone', listedAt: new Date('2026-11-01T10:00:00Z'), fault, repositories: 3 },
    ]
    const metrics = metricsOf({ listedSources })
    const series = seriesOf(await metrics.text(EVERY_REPOSITORY))
    const of = (name: string) => series.filter((each) => each.name === name).map(({ value }) => value)
    expect(of('codebase_sources')).toEqual([1, 1, 0])
    expect(of('codebase_source_repositories')).toEqual([12, 3])
    expect(await metrics.text(NO_REPOSITORY)).not.toContain('github.com')
  })

  test('sum the indexed content', async () => {
    const never = { ...REPOSITORY, name: 'new', state: 'empty' as const, indexedAt: undefined, files: 0 }
    const older = { ...REPOSITORY, name: 'old', indexedAt: new Date('2026-11-01T00:00:00Z') }
    const value = await stateOf({ repositories: async () => [REPOSITORY, never as never, older] })
    expect([
      value('codebase_repositories', { state: 'ready' }),
      value('codebase_repositories', { state: 'empty' }),
      value('codebase_repositories', { state: 'failed' }),
      value('codebase_index_files'),
      value('codebase_index_embedded_chunks'),
      value('codebase_index_oldest_timestamp_seconds'),
    ]).toEqual([2, 1, 0, 16, 30, Date.parse('2026-11-01T00:00:00Z') / 1000])
  })

  test('omit what comes from the database while it is down, and show the rest', async () => {
    const value = await valuesOf(exercised(metricsOf({ ready: DOWN, repositories: DOWN, openJobs: DOWN })))
    expect([value('codebase_index_files'), value('codebase_jobs_open')]).toEqual([undefined, undefined])
    expect([value('codebase_ready'), value('codebase_search_degraded_total')]).toEqual([0, 1])
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(0)
  })

  test('name at most a hundred repositories, and sum all', async () => {
    const many = Array.from({ length: 150 }, (_, at) => ({ ...REPOSITORY, name: `repository-${at}` }))
    const series = seriesOf(await metricsOf({ repositories: async () => many }).text(EVERY_REPOSITORY))
    expect(series.filter(({ name }) => name === 'codebase_repository_files')).toHaveLength(100)
    expect(series.find(({ name }) => name === 'codebase_index_files')?.value).toBe(150 * REPOSITORY.files)
  })

  test('escape quotes and line breaks in names', async () => {
    const odd = { ...REPOSITORY, name: 'a "b"\n\\c' }
    const text = await metricsOf({ repositories: async () => [odd] }).text(EVERY_REPOSITORY)
    expect(text).toContain(String.raw`codebase_repository_files{repository="a \"b\"\n\\c"} 8`)
  })
})

describe('GET /metrics', () => {
  let server: Awaited<ReturnType<typeof startServer>>
  afterEach(() => server.stop())

  test('names repositories to callers who may ask for them', async () => {
    server = await startServer()
    const { status, headers, text } = await ask(server.port, '/metrics')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toContain('codebase_repository_chunks{repository="shop"} 40')
  })

  test('shows numbers, but no name, to callers without a required token', async () => {
    server = await startServer({ settings: { tokens: parseTokens('canary-of-sixteen') } })
    const of = async (headers: Record<string, string>) => (await ask(server.port, '/metrics', { headers })).text
    const without: Record<string, string>[] = [{}, { authorization: 'Bearer wrong' }]
    for (const headers of without) {
      expect(await of(headers)).toContain('codebase_index_chunks 40')
      expect(await of(headers)).not.toContain('shop')
    }
    expect(await of({ authorization: 'Bearer canary-of-sixteen' })).toContain('repository="shop"')
  })
})
