/** What is shown at most of a line among others, in characters. */
const LONGEST_LINE = 2000

/** The lines of a text with their numbers before them; of a line longer than anybody reads, its beginning. */
export function numberedLines(text: string, firstLine: number, longest = LONGEST_LINE): string[] {
  return text.split('\n').map((line, at) => `${firstLine + at}\t${cutLine(line, longest)}`)
}

function cutLine(line: string, longest: number): string {
  if (line.length <= longest) return line
  const shown = line.slice(0, longest)
  return `${shown.isWellFormed() ? shown : shown.slice(0, -1)}… (${line.length - longest} more characters)`
}
