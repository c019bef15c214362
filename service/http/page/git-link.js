/**
 * @typedef {object} Place
 * @property {string} source the repository's address on a git server, or a folder
 * @property {string} commit
 * @property {string} path
 * @property {number} [start]
 * @property {number} [end]
 */

/**
 * URLs of lines of a file at a commit, by the names of git servers.
 * @type {[RegExp, (root: string, place: Required<Place>) => string][]}
 */
const SERVERS = [
  [
    /(^|\.)bitbucket\.org$/,
    (root, { commit, path, start, end }) => `${root}/src/${commit}/${path}#lines-${start}:${end}`,
  ],
  [/bitbucket|stash/, (root, place) => bitbucketServer(root, place)],
  [/gitlab/, (root, { commit, path, start, end }) => `${root}/-/blob/${commit}/${path}#L${start}-${end}`],
  [
    /gitea|forgejo|codeberg/,
    (root, { commit, path, start, end }) => `${root}/src/commit/${commit}/${path}#L${start}-L${end}`,
  ],
  [/^git\.sr\.ht$/, (root, { commit, path, start }) => `${root}/tree/${commit}/item/${path}#L${start}`],
  [/github/, (root, { commit, path, start, end }) => `${root}/blob/${commit}/${path}#L${start}-L${end}`],
  [
    /(^|\.)(dev\.azure|visualstudio)\.com$/,
    (root, { commit, path, start, end }) =>
      `${root}?path=/${path}&version=GC${commit}&line=${start}&lineEnd=${end + 1}&lineStartColumn=1&lineEndColumn=1`,
  ],
]

/** `https://host/scm/PROJECT/name` or `ssh://git@host:7999/PROJECT/name`. @param {string} root @param {Required<Place>} place */
function bitbucketServer(root, { commit, path, start, end }) {
  const { origin, pathname } = new URL(root)
  const [name = '', project = ''] = pathname.split('/').reverse()
  const owner = project.startsWith('~') ? `users/${project.slice(1)}` : `projects/${project}`
  return `${origin}/${owner}/repos/${name}/browse/${path}?at=${commit}#${start}-${end}`
}

/**
 * Returns the URL at which the git server shows lines of a file as indexed. Undefined for a folder, and for a server
 * whose name does not reveal its kind.
 * @param {Place} place
 * @returns {string | undefined}
 */
export function gitLink({ source, commit, path, start = 1, end = start }) {
  if (!/^(https?|ssh):\/\//.test(source) || !URL.canParse(source) || commit === '') return undefined
  const { protocol, hostname, host, pathname } = new URL(source)
  const linked = SERVERS.find(([name]) => name.test(hostname))?.[1]
  const secure = protocol === 'http:' ? 'http:' : 'https:'
  // Over SSH the port is that of SSH.
  const root = `${secure}//${protocol === 'ssh:' ? hostname : host}${pathname.replace(/\/$/, '').replace(/\.git$/, '')}`
  return linked?.(root, { source, commit, path: path.split('/').map(encodeURIComponent).join('/'), start, end })
}
