import { link } from './address.js'
import { ago, badge, counted, el, number, problem, shown } from './elements.js'
import { bar, isOpen, progressOf } from './jobs.js'
import { keepReading } from './keep-reading.js'
import { ask } from './server.js'

/**
 * @typedef {import('./jobs.js').Job} Job
 * @typedef {object} Repository
 * @property {string} name
 * @property {string} source
 * @property {string} [branch]
 * @property {string} [commit]
 * @property {number} files
 * @property {number} chunks
 * @property {number} by_meaning
 * @property {number} embedded
 * @property {'empty' | 'indexing' | 'ready' | 'failed'} state
 * @property {string} [indexed_at]
 * @property {Record<string, number>} [skipped]
 * @property {Record<string, number>} [masked_secrets]
 * @property {string} [watch]
 * @property {{ message: string, remedy: string }} [fault]
 */

/** @type {Record<string, string>} */
const REASONS = {
  ignored: 'ignored by a rule',
  secret: 'named like a secret',
  too_large: 'too large',
  binary: 'not text',
  minified: 'made by a program',
  not_utf8: 'name is not UTF-8',
  symlink: 'links',
  submodule: 'submodules',
  worktree: 'other worktrees',
  special_file: 'not plain files',
  path_too_long: 'path too long',
  unreadable: 'unreadable',
  vanished: 'gone while read',
  unparsable: 'not analysed',
  ignore_rule: 'rules that do not count',
}
const KINDS = { ready: 'good', indexing: 'busy', empty: '', failed: 'bad' }

/** Cards at first, and with each press of the button. */
const PAGE = 100

/** @type {import('./main.js').View} */
export const repositoriesView = {
  title: () => 'Repositories',
  async show(main, _address, signal) {
    const filter = el('input', {
      type: 'search',
      'aria-label': 'Filter by name or source',
      placeholder: 'Filter by name or source',
    })
    const states = el('select', { 'aria-label': 'Filter by state' })
    const list = el('div', { class: 'cards' })
    const told = el('p', { class: 'facts', role: 'status' }, 'Reading …')
    const more = el('button', { type: 'button', class: 'more', hidden: true }, 'Show more')
    const head = el('div', { class: 'head' }, el('h1', {}, 'Repositories'), filter, states)
    main.replaceChildren(head, told, list, more)
    /** @type {Map<string, ReturnType<typeof card>>} */
    const cards = new Map()
    /** @type {Repository[]} */
    let all = []
    /** @type {Map<string, Job[]>} */
    let open = new Map()
    let most = PAGE
    /** @param {Repository} repository */
    const rootOf = (repository) => {
      const known = cards.get(repository.name) ?? card(repository.name)
      cards.set(repository.name, known)
      known.update(repository, open.get(repository.name) ?? [])
      return known.root
    }
    const arrange = () => {
      const wanted = filter.value.trim().toLowerCase()
      const found = all.filter(
        ({ name, source, state }) =>
          `${name} ${source}`.toLowerCase().includes(wanted) && (states.value === '' || state === states.value),
      )
      const roots = found.slice(0, most).map(rootOf)
      const isSame = roots.length === list.children.length && roots.every((root, at) => root === list.children[at])
      if (!isSame) list.replaceChildren(...roots)
      more.hidden = found.length <= most
      told.textContent = summaryOf(all.length, found.length)
    }
    const narrow = () => {
      most = PAGE
      arrange()
    }
    filter.addEventListener('input', narrow)
    states.addEventListener('change', narrow)
    more.addEventListener('click', () => {
      most += PAGE
      arrange()
    })
    await keepReading(
      signal,
      async () => {
        const [{ repositories }, { jobs }] = await Promise.all([
          ask('v1/repositories', { signal }),
          ask('v1/jobs', { signal }),
        ])
        all = repositories
        open = byRepository(jobs.filter(isOpen))
        const names = new Set(all.map(({ name }) => name))
        for (const name of cards.keys()) if (!names.has(name)) cards.delete(name)
        offerStates(states, all)
        arrange()
        return open.size > 0
      },
      (error) => told.replaceChildren(problem(error)),
    )
  },
}

/** @param {number} all @param {number} found */
function summaryOf(all, found) {
  if (all === 0) return 'Nothing is indexed yet: start the server with a folder.'
  const total = counted(all, 'repository', 'repositories')
  return found === all ? total : `${number(found)} of ${total}`
}

/** @param {Job[]} jobs */
function byRepository(jobs) {
  /** @type {Map<string, Job[]>} */
  const found = new Map()
  for (const job of jobs) found.set(job.repository, [...(found.get(job.repository) ?? []), job])
  return found
}

/** Offers the states that repositories have, with their numbers. @param {HTMLSelectElement} states @param {Repository[]} all */
function offerStates(states, all) {
  const chosen = states.value
  const counts = Object.keys(KINDS).map((state) => [state, all.filter((each) => each.state === state).length])
  const offered = counts.filter(([state, count]) => count !== 0 || state === chosen)
  const options = offered.map(([state, count]) => el('option', { value: state }, `${state}: ${number(Number(count))}`))
  const texts = ['any state', ...options.map(({ textContent }) => textContent)]
  const isSame = texts.join() === [...states.options].map(({ textContent }) => textContent).join()
  if (isSame) return
  states.replaceChildren(el('option', { value: '' }, 'any state'), ...options)
  states.value = chosen
}

/** @param {string} name */
function card(name) {
  const body = el('div')
  const leftOut = leftOutPart(name)
  const root = el('article', { class: 'card' }, body, leftOut.root)
  let told = ''
  return {
    root,
    /** @param {Repository} repository @param {Job[]} jobs */
    update(repository, jobs) {
      const { age: _, ...lasting } = /** @type {Repository & { age?: number }} */ (repository)
      const now = JSON.stringify([lasting, jobs, Math.floor(Date.now() / 10_000)])
      if (now === told) return
      told = now
      body.replaceChildren(...describe(repository, jobs))
      leftOut.update(repository.skipped ?? {})
    },
  }
}

/** @param {Repository} repository @param {Job[]} jobs */
function describe(repository, jobs) {
  const {
    name,
    source,
    branch,
    commit,
    files,
    chunks,
    by_meaning: meaning,
    embedded,
    state,
    indexed_at: at,
    masked_secrets: masked = {},
    watch,
    fault,
  } = repository
  const secrets = Object.values(masked).reduce((sum, count) => sum + count, 0)
  const origin = [source, branch && ` at ${branch}`]
  const byOllama = embedded > 0 && embedded < meaning && ` (Ollama: ${shareOf(embedded, chunks)})`
  return shown([
    el(
      'header',
      {},
      el('h2', {}, el('a', { href: link({ view: 'folder', repository: name }) }, name)),
      badge(state, KINDS[state]),
      el(
        'span',
        { class: 'facts' },
        at ? 'indexed ' : state === 'indexing' ? 'for the first time' : 'never indexed',
        at && ago(at),
      ),
    ),
    el('p', { class: 'source-of' }, ...shown(origin)),
    el(
      'dl',
      {},
      ...fact('Files', number(files)),
      ...fact('Chunks', number(chunks)),
      ...fact('By meaning', chunks === 0 ? 'none' : `${shareOf(meaning, chunks)}${byOllama || ''}`),
      ...fact('Commit', commit ? el('code', { title: commit }, commit.slice(0, 10)) : 'none'),
      ...fact('Changes', watch === undefined ? 'not watched' : watch === 'events' ? 'noticed at once' : watch),
      ...fact('Secrets masked', number(secrets)),
    ),
    fault && el('p', { class: 'caveat bad' }, `${fault.message}. ${fault.remedy}`),
    ...jobs.map((job) => el('p', { class: 'running' }, el('span', {}, progressOf(job)), bar(job))),
  ])
}

/** @param {number} count @param {number} total */
const shareOf = (count, total) => (count >= total ? 'all' : `${Math.floor((count / total) * 100)} %`)

/** @param {string} term @param {Node | string} value */
const fact = (term, value) => [el('div', {}, el('dt', {}, term), el('dd', {}, value))]

/** Lists by path what the index leaves out. Loaded when opened. @param {string} name */
function leftOutPart(name) {
  const summary = el('summary')
  const list = el('ul', { class: 'paths' })
  const more = el('button', { type: 'button', class: 'more', hidden: true, onclick: () => load() }, 'Show more')
  const filter = el('input', {
    type: 'search',
    'aria-label': `Filter what is left out of ${name} by path`,
    placeholder: 'Filter by path',
  })
  const root = el(
    'details',
    { class: 'left-out', ontoggle: () => root.open && list.childElementCount === 0 && load() },
    summary,
    filter,
    list,
    more,
  )
  let after = ''
  const narrow = () => {
    for (const item of list.querySelectorAll('li')) item.hidden = !item.textContent?.includes(filter.value.trim())
  }
  const find = async () => {
    narrow()
    // The wanted path may be on a later page.
    const isFound = () => filter.value.trim() === '' || list.querySelector('li:not([hidden])') !== null
    while (!more.hidden && !isFound() && (await load()));
  }
  filter.addEventListener('input', () => void find())
  const load = async () => {
    more.disabled = true
    try {
      const page = await ask(
        `v1/repositories/${encodeURIComponent(name)}/left-out${after && `/${encodeURIComponent(after)}`}`,
      )
      list.append(...page.left_out.map((/** @type {string} */ text) => el('li', {}, text)))
      after = page.left_out_next ?? ''
      more.hidden = after === ''
      narrow()
      return true
    } catch (error) {
      list.append(el('li', {}, problem(error)))
      return false
    } finally {
      more.disabled = false
    }
  }
  return {
    root,
    /** @param {Record<string, number>} skipped */
    update(skipped) {
      const reasons = Object.entries(skipped).sort(([, one], [, other]) => other - one)
      const total = reasons.reduce((sum, [, count]) => sum + count, 0)
      root.hidden = total === 0
      summary.replaceChildren(
        `Left out: ${number(total)}`,
        ...reasons.flatMap(([reason, count]) => [' ', badge(`${number(count)} ${REASONS[reason] ?? reason}`)]),
      )
    },
  }
}
