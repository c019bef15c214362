import { isDockerContainer } from './docker.ts'
import { podOf } from './pods.ts'
import { type Policy, type Problem, type Subject, UNKNOWN } from './policy.ts'
import { inWords, isMissing } from './properties.ts'

export const imageTag: Policy = {
  name: 'image-tag',
  level: 'mandatory',
  description: 'Images have a version, so that the reviewed version is the one that runs.',
  remedy: 'Use a tag other than `latest`, or a digest',
  check: (subject) =>
    imagesOf(subject).flatMap(({ at, image }) => {
      if (isMissing(image)) return [{ at, says: 'is missing' }]
      const tag = typeof image === 'string' && !isPinned(image) ? tagOf(image) : 'pinned'
      if (tag === undefined) return [{ at, says: `${inWords(image)} has no tag, so latest is used` }]
      return tag === 'latest' ? [{ at, says: `${inWords(image)} changes with each release` }] : []
    }),
}

export const imageDigest: Policy = {
  name: 'image-digest',
  level: 'advisory',
  description: 'Images on a cluster have a digest, because a tag can be moved.',
  remedy: 'Add the digest: name:tag@sha256:…',
  check: (subject): Problem[] =>
    (podOf(subject)?.containers ?? [])
      .filter(({ spec: { image } }) => typeof image === 'string' && image !== UNKNOWN && !isPinned(image))
      .map(({ at, spec: { image } }) => ({ at: `${at}.image`, says: `${inWords(image)} has a tag but no digest` })),
}

function imagesOf(subject: Subject): { at: string; image: unknown }[] {
  const { type, inputs } = subject
  if (type === 'docker:index/remoteImage:RemoteImage') return [{ at: 'name', image: inputs.name }]
  if (isDockerContainer(subject)) return [{ at: 'image', image: inputs.image }]
  return (podOf(subject)?.containers ?? []).map(({ at, spec }) => ({ at: `${at}.image`, image: spec.image }))
}

const isPinned = (image: string) => image === UNKNOWN || /(^|@)sha256:[0-9a-f]{64}$/.test(image)

/** Returns the tag of an image. A colon before a slash is that of a port. */
const tagOf = (image: string) => /:([^/:@]+)(?:@|$)/.exec(image.slice(image.lastIndexOf('/') + 1))?.[1]
