/** Rows with their columns aligned; the last one is as long as it is. */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    `${indent}${row.map((cell, column) => cell.padEnd(column < row.length - 1 ? (widths[column] ?? 0) : 0)).join('  ')}`.trimEnd(),
  )
}

/** A number of things: `1 resource`, `2 resources`. */
export const counted = (count: number, thing: string, things = `${thing}s`) =>
  `${count} ${count === 1 ? thing : things}`

/** How wide a text may be so that a comment on a pull request shows all of it. */
export const WIDTH = 96

/** A text as lines of at most WIDTH characters, broken at a blank in the second half of a line, or else within a word. */
export function wrapped(text: string, indent = '', following = indent): string[] {
  const room = WIDTH - Math.max(indent.length, following.length)
  const half = Math.floor(room / 2)
  const lines = text.match(new RegExp(`.{1,${room}}$|.{${half},${room}}(?= )|.{${room}}`, 'gu')) ?? [text]
  return lines.map((line, index) => `${index === 0 ? indent : following}${line.trimStart()}`)
}
