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
  /** Whether there is nothing to fetch, because it has no commit or is about to be deleted. */
  readonly isEmpty: boolean
}

/** How a kind of git server lists repositories. */
export interface Forge {
  /** The server's own term for an organisation or group. */
  readonly owner: string
  /** Returns the URLs of a page, counted from 1. The second is used if the first does not know the owner. */
  readonly pages: (source: URL, page: number) => readonly [URL, URL]
  /** Maximum number of entries on a page. */
  readonly pageSize: number
  readonly listed: z.ZodType<Listed>
  /** Permission that a token needs. */
  readonly right: string
}

const id = z.union([z.number(), z.string()]).transform(String)
const flag = z.boolean().nullish()

const ownRepository = z
  .object({ id, full_name: z.string(), archived: flag, fork: flag, empty: flag })
  .transform((given) => ({
    id: given.id,
    path: given.full_name,
    isArchived: given.archived === true,
    isFork: given.fork === true,
    isEmpty: given.empty === true,
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

const GITHUB_PAGE = 100
/** Gitea's default maximum. */
const GITEA_PAGE = 50
const GITLAB_PAGE = 100

export const FORGES: Readonly<Record<GitSource['kind'], Forge>> = {
  github: {
    owner: 'organisation',
    pageSize: GITHUB_PAGE,
    listed: ownRepository,
    right:
      'read access to the contents and metadata of its repositories, and, with SAML, an authorisation for the organisation',
    pages(source, page) {
      const [owner = ''] = foldersOf(source)
      const api = source.hostname === 'github.com' ? new URL('https://api.github.com/') : new URL('/api/v3/', source)
      // Sort by creation, so that a rename moves nothing to another page.
      const query = { per_page: GITHUB_PAGE, sort: 'created', direction: 'asc', page }
      return [withQuery(api, `orgs/${owner}/repos`, query), withQuery(api, `users/${owner}/repos`, query)]
    },
  },
  gitlab: {
    owner: 'group',
    pageSize: GITLAB_PAGE,
    listed: project,
    right: 'the scope read_api beside read_repository, and at least the role Reporter in the group',
    pages(source, page) {
      const path = foldersOf(source).join('%2F')
      const query = { per_page: GITLAB_PAGE, order_by: 'id', sort: 'asc', page }
      const ofGroup = { ...query, include_subgroups: 'true', with_shared: 'false' }
      return [
        withQuery(source, `/api/v4/groups/${path}/projects`, ofGroup),
        withQuery(source, `/api/v4/users/${path}/projects`, query),
      ]
    },
  },
  gitea: {
    owner: 'organisation',
    pageSize: GITEA_PAGE,
    listed: ownRepository,
    right: 'the scopes read:organization and read:repository',
    pages(source, page) {
      const folders = foldersOf(source)
      const owner = folders.at(-1) ?? ''
      const before = folders.slice(0, -1).map((part) => `/${part}`)
      const query = { limit: GITEA_PAGE, page }
      return [
        withQuery(source, `${before.join('')}/api/v1/orgs/${owner}/repos`, query),
        withQuery(source, `${before.join('')}/api/v1/users/${owner}/repos`, query),
      ]
    },
  },
}

/**
 * Returns the URL to fetch a repository from: on the server that the source names, regardless of the server's own idea
 * of its address.
 */
export function cloneUrl({ kind, url }: GitSource, { path }: Listed): string {
  const folders = kind === 'gitea' ? foldersOf(new URL(url)).slice(0, -1) : []
  return new URL(`/${[...folders, path].join('/')}.git`, url).href
}
