import { ago, badge, counted, el, number, problem, shown } from './elements.js'
import { bar, isOpen, progressOf } from './jobs.js'
import { keepReading } from './keep-reading.js'
import { ask } from './server.js'

/** @typedef {import('./jobs.js').Job} Job */

/** @type {Record<string, string>} */
const KINDS = {
  ok: 'good',
  ready: 'good',
  succeeded: 'good',
  running: 'busy',
  queued: 'busy',
  waiting: 'busy',
  degraded: 'warn',
  partial: 'warn',
  read_only: 'warn',
  failing: 'bad',
  failed: 'bad',
  unreachable: 'bad',
}
const NEWEST = 50

/** @type {import('./main.js').View} */
export const activityView = {
  title: () => 'Activity',
  async show(main, _address, signal) {
    const health = el('div', { class: 'tiles' }, 'Reading …')
    const jobs = el('div', { class: 'jobs' })
    // Nothing may move once it is shown.
    const below = el('section', { hidden: true }, el('h2', {}, 'Jobs'), jobs)
    main.replaceChildren(el('h1', {}, 'Activity'), el('h2', {}, 'Health'), health, below)
    let told = ''
    await keepReading(
      signal,
      async () => {
        const [state, list] = await Promise.all([ask('health', { signal, mayFail: true }), ask('v1/jobs', { signal })])
        health.replaceChildren(...describe(state))
        below.hidden = false
        const now = JSON.stringify([list.jobs, Math.floor(Date.now() / 10_000)])
        if (now !== told)
          jobs.replaceChildren(
            ...(list.jobs.length === 0
              ? [el('p', { class: 'quiet' }, 'Nothing has been indexed yet.')]
              : list.jobs.slice(0, NEWEST).map(row)),
          )
        told = now
        // What has not been counted yet is there in a moment.
        return list.jobs.some(isOpen) || state.index?.reason !== undefined
      },
      (error) => health.replaceChildren(problem(error)),
    )
  },
}

/** @param {string} name @param {string} state @param {(string | undefined)[]} facts */
const tile = (name, state, ...facts) =>
  el(
    'section',
    { class: 'card' },
    el('header', {}, el('h3', {}, name), badge(state.replace('_', ' '), KINDS[state])),
    ...facts.filter((each) => each).map((each) => el('p', { class: 'quiet' }, each)),
  )

/** @param {any} health */
function describe({
  status = 'failing',
  title,
  draining,
  database = {},
  embedder = {},
  models = [],
  index = {},
  jobs,
}) {
  return shown([
    tile('Server', status, title, draining ? 'It is shutting down' : 'It answers questions'),
    tile('Database', database.state ?? 'unknown', database.reason ?? 'It answers and takes changes'),
    tile('Ollama', embedder.state ?? 'unknown', embedder.model, embedder.reason),
    jobs && tile('Worker', jobs.state, jobs.reason),
    tile(
      'Index',
      index.failed > 0 ? 'degraded' : 'ok',
      index.reason ??
        `${counted(index.files ?? 0, 'file')}, ${counted(index.chunks ?? 0, 'chunk')} in ${counted(index.repositories ?? 0, 'repository', 'repositories')}`,
      index.failed > 0 ? `${counted(index.failed, 'repository', 'repositories')} failed` : undefined,
    ),
    ...models.map((/** @type {any} */ each) =>
      tile(
        'Vectors',
        'ready',
        each.model,
        `${number(each.vectors)} vectors, compared ${each.way === 'memory' ? `in ${(each.bytes / 1024 ** 2).toFixed(1)} MB of memory` : 'by an index in Postgres'}`,
      ),
    ),
  ])
}

/** @param {Job} job */
function row(job) {
  const {
    repository,
    kind,
    state,
    failures,
    fault,
    created_at: created,
    started_at: started,
    finished_at: finished,
  } = job
  const what = kind === 'index' ? 'Index' : 'Vectors of'
  const took = started && finished && ` · took ${((Date.parse(finished) - Date.parse(started)) / 1000).toFixed(1)} s`
  return el(
    'article',
    { class: 'job' },
    el('h3', {}, `${what} ${repository}`),
    badge(state, KINDS[state]),
    el('p', { class: 'facts' }, progressOf(job), ' · ', ago(started ?? created), ...shown([took])),
    ...shown([
      state === 'running' && bar(job),
      fault && el('p', { class: `caveat ${state === 'failed' ? 'bad' : ''}` }, `${fault.message}. ${fault.remedy}`),
      failures.length > 0 &&
        el(
          'details',
          {},
          el('summary', {}, summaryOf(failures)),
          el('ul', { class: 'paths' }, ...failures.map(({ path, reason }) => el('li', {}, `${path}: ${reason}`))),
        ),
    ]),
  )
}

/** @param {Job['failures']} failures */
function summaryOf(failures) {
  const failed = failures.filter(({ reason }) => !/^(?:ignore_rule|by_lines)\b/.test(reason)).length
  const noted = failures.length - failed
  return [
    failed > 0 ? counted(failed, 'file that failed', 'files that failed') : '',
    noted > 0 ? counted(noted, 'note on a file', 'notes on files') : '',
  ]
    .filter((text) => text !== '')
    .join(', ')
}
