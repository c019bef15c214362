/** Settings as given, before defaults are applied. */
export type Given = Readonly<Record<string, unknown>>

export const excluding = (one: string, other: string, why: string) =>
  `${one} and ${other} cannot be combined (${why}); remove one of them`

export function isGiven(given: Given, group: string, key?: string): boolean {
  const value = given[group]
  if (key === undefined) return typeof value === 'object' ? Object.keys(value ?? {}).length > 0 : value !== undefined
  return typeof value === 'object' && value !== null && key in value
}
