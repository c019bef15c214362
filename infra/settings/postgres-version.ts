/** Where a tag or a name says it: `pg18`, `0.8.1-pg18-trixie`, `18.1`, `postgresql-18`. */
const IN_TAG = [/(?:^|[^a-z0-9])pg-?(\d{2})(?!\d)/i, /^v?(\d{2})(?:[.-]|$)/]
const IN_NAME = /(?:pg|postgres|postgresql)-?(\d{2})$/i

/** The major version of Postgres that an image says it has; undefined where neither its tag nor its name tells. */
export function majorVersionOf(image: string): number | undefined {
  const [reference = ''] = image.slice(image.lastIndexOf('/') + 1).split('@', 1)
  const [name = '', tag = ''] = reference.split(':')
  const [, major] =
    IN_TAG.map((pattern) => pattern.exec(tag)).find((found) => found !== null) ?? IN_NAME.exec(name) ?? []
  return major === undefined ? undefined : Number(major)
}

/** The major version that the settings say an image has; undefined where neither they nor the image's name tell. */
export const majorIn = ({ image, version }: { readonly image: string; readonly version?: number | undefined }) =>
  version ?? majorVersionOf(image)

const HOME = '/var/lib/postgresql'

/**
 * Where an image on Docker wants the volume, so that the data are on it: images from 18 on keep each major version in a
 * folder of its own, and refuse to start beside the files of another; an older one has the volume itself for its data.
 */
export const volumeFolder = (major = 0) => (major >= 18 ? HOME : `${HOME}/data`)

/** The folder of the data from the volume's own on. */
export const dataFolder = (major = 0) => (major >= 18 ? `${major}/docker` : '.')
