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

/** @type {import('./main.js').View} */
export const repositoriesView = {
  title: () => 'Repositories',
  async show(main, _address, signal) {
    const filter = el('input', {
      type: 'search',
      'aria-label': 'Filter by name or source',
      placeholder: 'Filter by name or source',
    })
    const list = el('div', { class: 'cards' })
    const told = el('p', { class: 'facts' }, 'Reading …')
    main.replaceChildren(el('div', { class: 'head' }, el('h1', {}, 'Repositories'), filter), told, list)
    /** @type {Map<string, ReturnType<typeof card>>} */
    const cards = new Map()
    const narrow = () => {
      const wanted = filter.value.trim().toLowerCase()
      for (const { root, text } of cards.values()) root.hidden = !text.includes(wanted)
    }
    filter.addEventListener('input', narrow)
    await keepReading(
      signal,
      async () => {
        const [{ repositories }, { jobs }] = await Promise.all([
          ask('v1/repositories', { signal }),
          ask('v1/jobs', { signal }),
        ])
        /** @type {Repository[]} */
        const all = repositories
        for (const name of cards.keys()) if (!all.some((each) => each.name === name)) cards.get(name)?.root.remove()
        for (const repository of all) {
          const known = cards.get(repository.name) ?? card(repository)
          if (!cards.has(repository.name)) list.append(known.root)
          cards.set(repository.name, known)
          known.update(
            repository,
            jobs.filter((/** @type {Job} */ job) => job.repository === repository.name && isOpen(job)),
          )
        }
        narrow()
        told.textContent =
          all.length === 0
            ? 'Nothing is indexed yet: start the server with a folder.'
            : counted(all.length, 'repository', 'repositories')
        return jobs.some(isOpen)
      },
      (error) => told.replaceChildren(problem(error)),
    )
  },
}

/** @param {Repository} first */
function card({ name, source }) {
  const body = el('div')
  const leftOut = leftOutPart(name)
  const root = el('article', { class: 'card' }, body, leftOut.root)
  let told = ''
  return {
    root,
    text: `${name} ${source}`.toLowerCase(),
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
