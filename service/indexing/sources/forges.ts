import { z } from 'zod'
import type { GitSource } from '../../git-sources.ts'

/** A repository as its server lists it. */
export interface Listed {
  /** Does not change when the repository is renamed. */
  readonly id: string
  /** Path on the server: `acme/shop`. */
  readonly path: string
  readonly isArchived: boolean
  readonly isFork: boolean
  /** Whether there is nothing to fetch: it has no commit, its code is switched off, or it is about to be deleted. */
  readonly isEmpty: boolean
}

/** A list of a server's API. */
export interface ApiList {
  /** URL of the list, which takes the number of a page in `page`, from 1. */
  readonly url: URL
  /** Folder in which the server is, before the paths of its repositories: empty, or such as `/gitlab`. */
  readonly folder: string
}

/** How a kind of git server lists repositories. */
export interface Forge {
  /** The server's own term for an organisation or group. */
  readonly owner: string
  /** Returns the lists that may hold the repositories of a source, the likeliest first. */
  readonly lists: (source: URL) => readonly ApiList[]
  /** Maximum number of entries on a page. */
  readonly pageSize: number
  readonly listed: z.ZodType<Listed>
  /** Permission that a token needs. */
  readonly right: string
}

const id = z.union([z.number(), z.string()]).transform(String)
const flag = z.boolean().nullish()

/** As GitHub and Gitea list it. `disabled` is GitHub's word for a repository that it serves to nobody. */
const ownRepository = z
  .object({ id, full_name: z.string(), archived: flag, fork: flag, empty: flag, disabled: flag, has_code: flag })
  .transform((given) => ({
    id: given.id,
    path: given.full_name,
    isArchived: given.archived === true,
    isFork: given.fork === true,
    isEmpty: given.empty === true || given.disabled === true || given.has_code === false,
  }))

const project = z
  .object({
    id,
    path_with_namespace: z.string(),
    archived: flag,
    empty_repo: flag,
    forked_from_project: z.unknown().optional(),
    repository_access_level: z.string().nullish(),
    marked_for_deletion_on: z.string().nullish(),
  })
  .transform((given) => ({
    id: given.id,
    path: given.path_with_namespace,
    isArchived: given.archived === true,
    isFork: typeof given.forked_from_project === 'object' && given.forked_from_project !== null,
    isEmpty:
      given.empty_repo === true ||
      given.repository_access_level === 'disabled' ||
      typeof given.marked_for_deletion_on === 'string',
  }))

function withQuery(url: URL, path: string, query: Readonly<Record<string, string | number>>): URL {
  const made = new URL(path, url)
  for (const [name, value] of Object.entries(query)) made.searchParams.set(name, String(value))
  return made
}

const foldersOf = ({ pathname }: URL) => pathname.split('/').filter((part) => part !== '')

const pathOf = (folders: readonly string[]) => folders.map((folder) => `/${folder}`).join('')

const GITHUB_PAGE = 100
/** Gitea's default maximum. */
const GITEA_PAGE = 50
const GITLAB_PAGE = 100

/** The API of github.com, of a tenant of GitHub Enterprise Cloud with data residency, or of an own server. */
function apiOfGithub(source: URL): URL {
  const isHosted = source.hostname === 'github.com' || source.hostname.endsWith('.ghe.com')
  return isHosted ? new URL(`https://api.${source.host}/`) : new URL('/api/v3/', source)
}

export const FORGES: Readonly<Record<GitSource['kind'], Forge>> = {
  github: {
    owner: 'organisation',
    pageSize: GITHUB_PAGE,
    listed: ownRepository,
    right:
      'read access to the contents and metadata of its repositories, and, with SAML, an authorisation for the organisation',
    lists(source) {
      const [owner = ''] = foldersOf(source)
      // Sort by creation, so that a rename moves nothing to another page.
      const query = { per_page: GITHUB_PAGE, sort: 'created', direction: 'asc' }
      return ['orgs', 'users'].map((kind) => ({
        url: withQuery(apiOfGithub(source), `${kind}/${owner}/repos`, query),
        folder: '',
      }))
    },
  },
  gitlab: {
    owner: 'group',
    pageSize: GITLAB_PAGE,
    listed: project,
    right: 'the scope read_api beside read_repository, and at least the role Reporter in the group',
    lists(source) {
      const folders = foldersOf(source)
      const query = { per_page: GITLAB_PAGE, order_by: 'id', sort: 'asc' }
      const ofGroup = { ...query, include_subgroups: 'true', with_shared: 'false' }
      // The URL does not tell the folder of a server from the group.
      return folders.flatMap((_, at) => {
        const folder = pathOf(folders.slice(0, at))
        const group = folders.slice(at).join('%2F')
        const list = (path: string, given: typeof query) => ({ url: withQuery(source, folder + path, given), folder })
        return [
          list(`/api/v4/groups/${group}/projects`, ofGroup),
          ...(group.includes('%2F') ? [] : [list(`/api/v4/users/${group}/projects`, query)]),
        ]
      })
    },
  },
  gitea: {
    owner: 'organisation',
    pageSize: GITEA_PAGE,
    listed: ownRepository,
    right: 'the scopes read:repository and read:organization (read:user for a user)',
    lists(source) {
      const folders = foldersOf(source)
      const folder = pathOf(folders.slice(0, -1))
      return ['orgs', 'users'].map((kind) => ({
        url: withQuery(source, `${folder}/api/v1/${kind}/${folders.at(-1)}/repos`, { limit: GITEA_PAGE }),
        folder,
      }))
    },
  },
}
