/** Parses settings of the form `NAME=value,…`. */
export function settingsIn(text: string): Record<string, string> {
  return Object.fromEntries(
    listIn(text).map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new Error(`Write a setting as NAME=value, not "${pair}"`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** Splits a text at its commas. */
export const listIn = (text: string): string[] => text.split(',').filter((part) => part !== '')
