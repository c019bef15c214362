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
