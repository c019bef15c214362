import { fileLink, link } from './address.js'
import { counted, el, problem, shown } from './elements.js'
import { crumbs } from './file-view.js'
import { ask } from './server.js'

const PAGE = 300

/** @typedef {{ repository: string, path: string, language?: string, bytes?: number, files?: number }} Entry */

/** @type {import('./main.js').View} */
export const folderView = {
  title: ({ repository, path }) => `${repository}/${path ?? ''}`,
  async show(main, { repository = '', path = '' }, signal) {
    const list = el('ul', { class: 'tree' })
    const facts = el('p', { class: 'facts' }, 'Reading …')
    main.replaceChildren(el('h1', { class: 'crumbs' }, ...crumbs({ repository, path })), facts, list)
    /** @param {number} offset */
    const load = async (offset) => {
      const body = { repository, ...(path && { path }), limit: PAGE, offset }
      const told = await ask('v1/files', { body, signal })
      facts.replaceChildren(counted(told.files, 'file'), ...shown([told.note && ` · ${told.note}`]))
      list.append(...told.entries.map((/** @type {Entry} */ entry) => row(entry, path)))
      if (told.next_offset === undefined) return
      const button = el(
        'button',
        {
          type: 'button',
          class: 'more',
          onclick: () =>
            load(told.next_offset)
              .then(() => button.remove())
              .catch(fail),
        },
        'Show more',
      )
      list.after(button)
    }
    /** @param {unknown} error */
    const fail = (error) => signal.aborted || list.after(problem(error))
    await load(0).catch(fail)
  },
}

/** @param {Entry} entry @param {string} folder */
function row({ repository, path, language, bytes, files }, folder) {
  const isFolder = path.endsWith('/')
  const inside = path.slice(path.startsWith(folder) ? folder.length : 0)
  const depth = Math.min(6, inside.replace(/\/$/, '').split('/').length - 1)
  const name = `${path.replace(/\/$/, '').split('/').at(-1)}${isFolder ? '/' : ''}`
  const href = isFolder ? link({ view: 'folder', repository, path }) : fileLink({ repository, path })
  const size = bytes === undefined ? files !== undefined && counted(files, 'file') : `${language} · ${sizeOf(bytes)}`
  return el(
    'li',
    { class: `depth-${depth}` },
    el('a', { href, class: isFolder ? 'folder' : '' }, name),
    el('span', { class: 'quiet' }, size),
  )
}

/** @param {number} bytes */
const sizeOf = (bytes) =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 ** 2
      ? `${(bytes / 1024).toFixed(1)} KB`
      : `${(bytes / 1024 ** 2).toFixed(1)} MB`
