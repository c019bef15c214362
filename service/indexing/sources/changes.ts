import { Fault } from '../../errors.ts'
import type { GitSource } from '../../git-sources.ts'
import { gitUrlText, parseGitUrl } from '../../git-url.ts'
import type { KnownRepository, ListingChanges } from '../../store/sources.ts'
import { namesForUrl } from '../registration.ts'
import { cloneUrl, type Listed } from './forges.ts'

/**
 * What a listing changes. A repository is known by its number on the server, so one that was renamed keeps its index. One
 * that is listed no more goes with the second listing without it: a page may have moved while the others were read. One
 * that somebody has registered by hand stays as it is.
 */
export function changesOf(
  source: GitSource,
  listed: readonly Listed[],
  known: readonly KnownRepository[],
): ListingChanges {
  const places = placesOf(source, listed)
  const own = known.filter(({ listedBy }) => listedBy === source.url)
  const others = known.filter(({ listedBy }) => listedBy !== source.url)
  const taken = new Set(others.map((each) => each.source))
  const wanted = new Map([...places].filter(([, place]) => !taken.has(place)))
  const isKept = ({ listedAs }: KnownRepository) => listedAs !== null && wanted.has(listedAs)
  const byPlace = new Map(own.filter((each) => !isKept(each)).map((each) => [each.source, each]))

  const kept = own.filter((each) => isKept(each) && wanted.get(each.listedAs ?? '') === each.source)
  const renamed = own.filter((each) => isKept(each) && wanted.get(each.listedAs ?? '') !== each.source)
  // The same place under another number: it was deleted and made again.
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

/** Where each is, by its number; without those whose path no URL can have. */
function placesOf(source: GitSource, listed: readonly Listed[]): Map<string, string> {
  const places = new Map<string, string>()
  const seen = new Set<string>()
  for (const each of listed) {
    try {
      const place = gitUrlText(parseGitUrl(cloneUrl(source, each)))
      if (!seen.has(place)) places.set(each.id, place)
      seen.add(place)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
    }
  }
  return places
}

/** Gives each place the best name that is free, which is taken then. */
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
