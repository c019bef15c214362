import { isDockerContainer } from './docker.ts'
import { podOf } from './pods.ts'
import { type Policy, type Problem, type Subject, UNKNOWN } from './policy.ts'
import { inWords, isMissing } from './properties.ts'

export const imageTag: Policy = {
  name: 'image-tag',
  level: 'mandatory',
  description: 'An image is named by a version, so that what runs is what was reviewed.',
  remedy: 'Name the image by a tag other than `latest`, or by its digest',
  check: (subject) =>
    imagesOf(subject).flatMap(({ at, image }) => {
      if (isMissing(image)) return [{ at, says: 'is missing' }]
      const tag = typeof image === 'string' && !isPinned(image) ? tagOf(image) : 'pinned'
      if (tag === undefined) return [{ at, says: `${inWords(image)} has no tag, which means latest` }]
      return tag === 'latest' ? [{ at, says: `${inWords(image)} is the latest of the day` }] : []
    }),
}

export const imageDigest: Policy = {
  name: 'image-digest',
  level: 'advisory',
  description: 'An image on a cluster is named by its digest: a tag can be moved.',
  remedy: 'Add the digest: name:tag@sha256:…',
  check: (subject): Problem[] =>
    (podOf(subject)?.containers ?? [])
      .filter(({ spec: { image } }) => typeof image === 'string' && image !== UNKNOWN && !isPinned(image))
      .map(({ at, spec: { image } }) => ({ at: `${at}.image`, says: `${inWords(image)} is named by a tag` })),
}

function imagesOf(subject: Subject): { at: string; image: unknown }[] {
  const { type, inputs } = subject
  if (type === 'docker:index/remoteImage:RemoteImage') return [{ at: 'name', image: inputs.name }]
  if (isDockerContainer(subject)) return [{ at: 'image', image: inputs.image }]
  return (podOf(subject)?.containers ?? []).map(({ at, spec }) => ({ at: `${at}.image`, image: spec.image }))
}

const isPinned = (image: string) => image === UNKNOWN || /(^|@)sha256:[0-9a-f]{64}$/.test(image)

/** The tag of an image; a colon before a slash is that of a port. */
const tagOf = (image: string) => /:([^/:@]+)(?:@|$)/.exec(image.slice(image.lastIndexOf('/') + 1))?.[1]
