import type { Database } from '../../store/database.ts'
import { liveFilesAt, liveFilesOf, segmentBytes } from '../../store/files.ts'
import { liveFiles } from '../../store/files-by-segments.ts'
import { segmentDocuments } from '../../store/segments.ts'
import type { RepositoryAt } from '../../store/visibility.ts'
import { type WantedPaths, wantedPaths } from '../files/wanted-paths.ts'
import { LiveFiles } from './live-files.ts'
import { segmentsToRenew } from './small-segments.ts'

/** The part of a repository that a run looks at. */
export interface Extent {
  /** The visible files in it. */
  readonly live: LiveFiles
  /** Segments whose files are analysed again, because there are many small ones. */
  readonly segments: ReadonlySet<number>
  /** Undefined if the run looks at the whole repository. */
  readonly only?: WantedPaths
}

/** Returns the extent of the whole repository. */
export async function wholeExtent(database: Database, published: RepositoryAt): Promise<Extent> {
  const live = new LiveFiles()
  for await (const page of liveFiles(database, published)) live.add(page)
  return { live, segments: await worthRenewing(database, published, live) }
}

/** Returns the extent of some paths with their contents. */
export async function changedExtent(
  database: Database,
  published: RepositoryAt,
  paths: readonly string[],
): Promise<Extent> {
  const live = LiveFiles.of(await liveFilesAt(database, published, paths))
  return { live, segments: new Set(), only: wantedPaths(paths) }
}

/** Returns the extent of the files in segments worth renewing. Undefined if there are none. */
export async function renewedExtent(database: Database, published: RepositoryAt): Promise<Extent | undefined> {
  const sizes = await segmentDocuments(database, published)
  const small = segmentsToRenew(sizes.map((size) => ({ ...size, files: 1 })))
  if (small.size === 0) return undefined
  const inSmall = await liveFilesOf(database, published, [...small])
  const segments = await worthRenewing(database, published, LiveFiles.of(inSmall))
  if (segments.size === 0) return undefined
  const live = LiveFiles.of(inSmall.filter(({ segmentId }) => segments.has(segmentId)))
  return { live, segments, only: wantedPaths([...live.paths()]) }
}

/** Sizes in bytes are read only if there are many segments, which may be large by that measure alone. */
async function worthRenewing(
  database: Database,
  published: RepositoryAt,
  live: LiveFiles,
): Promise<ReadonlySet<number>> {
  const sizes = live.segmentSizes()
  const small = segmentsToRenew(sizes)
  if (small.size === 0) return small
  const bytes = await segmentBytes(database, published, [...small])
  return segmentsToRenew(sizes.map((size) => ({ ...size, bytes: bytes.get(size.segmentId) ?? 0 })))
}
