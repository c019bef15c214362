/** Aligns the columns of rows. The last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => cell.padEnd(column < row.length - 1 ? (widths[column] ?? 0) : 0)).join('  ')}`.trimEnd(),
  )
}

/** Formats a count: `1 resource`, `2 resources`. */
export const counted = (count: number, thing: string, things = `${thing}s`) =>
  `${count} ${count === 1 ? thing : things}`

/** Maximum width that a comment on a pull request shows without scrolling. */
export const WIDTH = 96

/**
 * Breaks a text into lines of at most WIDTH characters: at a space in the second half of a line, or else within a word.
 */
export function wrapped(text: string, indent = '', following = indent): string[] {
  const room = WIDTH - Math.max(indent.length, following.length)
  const half = Math.floor(room / 2)
  const lines = text.match(new RegExp(`.{1,${room}}$|.{${half},${room}}(?= )|.{${room}}`, 'gu')) ?? [text]
  return lines.map((line, index) => `${index === 0 ? indent : following}${line.trimStart()}`)
}
