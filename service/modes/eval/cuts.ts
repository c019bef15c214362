export interface Cut {
  readonly from: number
  readonly to: number
  readonly instead?: string
}

/** A text without what is cut, and with it the lines that are left empty. */
export function without(text: string, cuts: readonly Cut[]) {
  const kept: { readonly from: number; readonly piece: string }[] = []
  let at = 0
  for (const { from, to, instead } of cuts.map((cut) => widened(text, cut)).sort((a, b) => a.from - b.from)) {
    kept.push({ from: at, piece: text.slice(at, Math.max(at, from)) })
    if (instead !== undefined) kept.push({ from: to, piece: instead })
    at = Math.max(at, to)
  }
  kept.push({ from: at, piece: text.slice(at) })
  return {
    text: kept.map(({ piece }) => piece).join(''),
    /** The line, counted from 1, in which what stood at `index` is now. */
    lineOf(index: number): number {
      let lines = 1
      for (const { from, piece } of kept) {
        if (from > index) break
        lines += piece.slice(0, index - from).split('\n').length - 1
      }
      return lines
    },
  }
}

/** With the whole lines, where nothing else is in them. */
function widened(text: string, { from, to, instead }: Cut): Cut {
  if (instead !== undefined) return { from, to, instead }
  const lineStart = text.lastIndexOf('\n', from - 1) + 1
  const feed = text.indexOf('\n', Math.max(to - 1, 0))
  const lineEnd = feed < 0 ? text.length : feed + 1
  const isAlone = text.slice(lineStart, from).trim() === '' && text.slice(to, Math.max(to, lineEnd)).trim() === ''
  return isAlone ? { from: lineStart, to: Math.max(to, lineEnd) } : { from, to }
}
