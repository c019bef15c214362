/** Patterns of the version in a tag or a name: `pg18`, `0.8.1-pg18-trixie`, `18.1`, `postgresql-18`. */
const IN_TAG = [/(?:^|[^a-z0-9])pg-?(\d{2})(?!\d)/i, /^v?(\d{2})(?:[.-]|$)/]
const IN_NAME = /(?:pg|postgres|postgresql)-?(\d{2})$/i

/** Returns the major version of Postgres in an image. Undefined if neither its tag nor its name contains it. */
export function majorVersionOf(image: string): number | undefined {
  const [reference = ''] = image.slice(image.lastIndexOf('/') + 1).split('@', 1)
  const [name = '', tag = ''] = reference.split(':')
  const [, major] =
    IN_TAG.map((pattern) => pattern.exec(tag)).find((found) => found !== null) ?? IN_NAME.exec(name) ?? []
  return major === undefined ? undefined : Number(major)
}

/**
 * Returns the major version of Postgres from the settings, or else from the image's name. Undefined if neither contains
 * it.
 */
export const majorIn = ({ image, version }: { readonly image: string; readonly version?: number | undefined }) =>
  version ?? majorVersionOf(image)

const HOME = '/var/lib/postgresql'

/**
 * Returns the mount path of the volume on Docker. Images from 18 on keep each major version in its own folder, and
 * refuse to start beside files of another version. Older images use the volume as the data folder.
 */
export const volumeFolder = (major = 0) => (major >= 18 ? HOME : `${HOME}/data`)

/** Returns the data folder, relative to the volume. */
export const dataFolder = (major = 0) => (major >= 18 ? `${major}/docker` : '.')
