import { shown } from '../kinds.ts'

type Address = (...parts: readonly string[]) => string

const atBranch: Address = (repository, branch) => `${repository}.git#${branch}`
const whole: Address = (repository) => `${repository}.git`

/** Pages of a repository, as browsers show them, and the address of the repository. */
const PAGES: readonly (readonly [page: RegExp, address: Address])[] = [
  // GitLab
  [/^([^#]+?)\/-\/(?:tree|blob|commits|raw)\/([^/#?]+)/, atBranch],
  [/^([^#]+?)\/-(?:\/|$)/, whole],
  // Gitea and Forgejo
  [/^([^#]+\/[^/#]+\/[^/#]+)\/(?:src|commits|raw)\/(?:branch|tag)\/([^/#?]+)/, atBranch],
  // Bitbucket Data Center, which spells the key of a project in capitals
  [
    /^(https?:\/\/[^#]+?)\/projects\/([^/#]+)\/repos\/([^/#]+)/,
    (host, key = '', name) => `${host}/scm/${key.toLowerCase()}/${name}.git`,
  ],
  [
    /^(https?:\/\/[^#]+?)\/users\/([^/#]+)\/repos\/([^/#]+)/,
    (host, user = '', name) => `${host}/scm/~${user}/${name}.git`,
  ],
  [/^(https?:\/\/bitbucket\.org\/[^/]+\/[^/#]+)\/(?:src|commits\/branch)\/([^/#?]+)/, atBranch],
  // GitHub and its Enterprise Server
  [/^(https?:\/\/[^/#]+\/[^/#]+\/[^/#]+)\/(?:tree|blob|commits|raw)\/([^/#?]+)/, atBranch],
  [/^(https?:\/\/github\.com\/[^/#]+\/[^/#]+)\/[^#]/, whole],
]

/** Reports the URL of a repository's web page, copied from a browser, and the form in which pip names a branch. */
export function pageOfRepository(entry: string): string[] {
  const [, name = '', url = ''] = /^([\w.-]+=)?(.*)$/s.exec(entry) ?? []
  const [, repository, ref] = /^(.+\.git)@([^/@:]+)$/.exec(url) ?? []
  if (repository !== undefined) {
    return [`repositories has ${shown(entry)}, whose branch must follow a "#"; write ${name}${repository}#${ref}`]
  }
  const mayBePage = /^https?:/.test(url) && !/\.git\/?(#|$)/.test(url)
  for (const [page, address] of mayBePage ? PAGES : []) {
    const [found, ...parts] = page.exec(url) ?? []
    if (found === undefined) continue
    return [`repositories has ${shown(entry)}, which is its web page; write ${name}${address(...parts)}`]
  }
  return []
}
