import { Fault } from '../../errors.ts'
import type { GitSource } from '../../git-sources.ts'
import { gitUrlText, parseGitUrl } from '../../git-url.ts'
import type { KnownRepository, ListingChanges } from '../../store/sources.ts'
import { namesForUrl } from '../registration.ts'
import type { Found } from './listing.ts'

/**
 * Returns the changes that a listing causes. Repositories are identified by their id on the server, so a renamed one
 * keeps its index. A missing one is removed with the second listing without it, because pages may shift during a
 * listing. One that was registered by hand stays.
 */
export function changesOf(
  source: GitSource,
  listed: readonly Found[],
  known: readonly KnownRepository[],
): ListingChanges {
  const places = placesOf(listed)
  const own = known.filter(({ listedBy }) => listedBy === source.url)
  const others = known.filter(({ listedBy }) => listedBy !== source.url)
  const taken = new Set(others.map((each) => each.source))
  const wanted = new Map([...places].filter(([, place]) => !taken.has(place)))
  const isKept = ({ listedAs }: KnownRepository) => listedAs !== null && wanted.has(listedAs)
  const byPlace = new Map(own.filter((each) => !isKept(each)).map((each) => [each.source, each]))

  const kept = own.filter((each) => isKept(each) && wanted.get(each.listedAs ?? '') === each.source)
  const renamed = own.filter((each) => isKept(each) && wanted.get(each.listedAs ?? '') !== each.source)
  // The same place with another id was deleted and created again.
  const ids = new Set(own.map(({ listedAs }) => listedAs))
  const unknown = [...wanted].filter(([id]) => !ids.has(id))
  const remade = unknown.flatMap(([id, place]) => {
    const former = byPlace.get(place)
    return former === undefined ? [] : [{ ...former, listedAs: id }]
  })
  const gone = own.filter((each) => !isKept(each) && !remade.some(({ id }) => id === each.id))
  const inTheWay = new Set(wanted.values())
  const removed = gone.filter((each) => each.missing || inTheWay.has(each.source) || taken.has(each.source))

  const staying = [...others, ...kept, ...gone.filter((each) => !removed.includes(each))]
  const nameFor = names(new Set(staying.map(({ name }) => name)))
  const moved = [
    ...remade.map(({ id, source: place, listedAs }) => ({ id, source: place, listedAs: listedAs ?? '' })),
    ...renamed.map(({ id, listedAs }) => ({ id, source: wanted.get(listedAs ?? '') ?? '', listedAs: listedAs ?? '' })),
  ]
  const madeAgain = new Set(remade.map(({ listedAs }) => listedAs))
  const added = unknown.filter(([id]) => !madeAgain.has(id)).map(([listedAs, place]) => ({ source: place, listedAs }))
  return {
    moved: moved.map((each) => ({ ...each, name: nameFor(each.source) })),
    added: added.map((each) => ({ ...each, name: nameFor(each.source) })),
    missing: gone.filter((each) => !removed.includes(each)).map(({ id }) => id),
    found: kept.filter(({ missing }) => missing).map(({ id }) => id),
    removed: removed.map(({ id }) => id),
  }
}

/** Returns the place of each repository by its id, except those whose path no URL can contain. */
function placesOf(listed: readonly Found[]): Map<string, string> {
  const places = new Map<string, string>()
  const seen = new Set<string>()
  for (const each of listed) {
    try {
      const place = gitUrlText(parseGitUrl(each.cloneUrl))
      if (!seen.has(place)) places.set(each.id, place)
      seen.add(place)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
    }
  }
  return places
}

/** Returns a function that gives each place the best free name. */
function names(taken: Set<string>): (place: string) => string {
  return (place) => {
    for (const name of namesForUrl(parseGitUrl(place))) {
      if (taken.has(name)) continue
      taken.add(name)
      return name
    }
    throw new Error('Names do not end')
  }
}
