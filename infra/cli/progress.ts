import { stripVTControlCharacters } from 'node:util'

/** What the CLI is working at, told so that a person can follow it: a line when something is done, and a word now and then about what takes long. */
export interface Progress {
  /** Takes a line of the CLI's display; what of it a person should see. */
  readonly take: (line: string) => string | undefined
  /** What is under way, each with its seconds so far and the last that was heard of it. */
  readonly underWay: () => string[]
  /** Adds what is heard of a resource from elsewhere. */
  readonly hear: (name: string, message: string) => void
}

interface Work {
  readonly since: number
  message: string
}

const STEP =
  /^ *(?<sign>[-+~]+) +(?<type>\S+:\S+) (?<name>\S+) (?<verb>[a-z]+ing)(?: \((?<seconds>\d+)s\))? ?(?<message>.*)$/
const DONE =
  /^ *(?<sign>[-+~]+) +(?<type>\S+:\S+) (?<name>\S+) (?<verb>[a-z]+ed(?: \w+)?)(?: \((?<time>[\d.]+s)\))? ?(?<message>.*)$/
// Plugins on the PATH are what a company without access to the registry has.
const NOISE =
  /^@ |warning: (using pulumi-resource-|resource plugin \w+ is expected)|^Duration|^$|^\s*warning: using pulumi/
// What is, or is being, compared with what is there, and what stays as it is.
const COMPARED =
  /^ *~ +\S+:\S+ \S+ (refreshing\b.*|refresh( \([\d.]+s\))? *(\[diff: .*\];? *|warning: Refreshed resource .*)?)$|^ +[\w./-]+:[\w./-]+:\w+ \S+ *$/
const HIDDEN_TYPES = /^(codebase:|pulumi:)/
const IMAGE_NOISE = /^(digest: |\d+ updated|polling)/

/** @param now milliseconds */
export function makeProgress(now: () => number): Progress {
  const works = new Map<string, Work>()
  const finish = ({ sign, type = '', name = '', verb, time }: Record<string, string | undefined>) => {
    works.delete(name)
    if (HIDDEN_TYPES.test(type)) return undefined
    return ` ${sign}  ${name} ${verb}${time === undefined ? '' : ` (${time})`}`
  }
  const begin = ({ type = '', name = '', message = '' }: Record<string, string | undefined>) => {
    if (HIDDEN_TYPES.test(type)) return
    const work = works.get(name) ?? { since: now(), message: '' }
    if (message !== '' && !IMAGE_NOISE.test(message)) work.message = message
    works.set(name, work)
  }
  return {
    take(line) {
      const text = stripVTControlCharacters(line)
      if (NOISE.test(text) || COMPARED.test(text)) return undefined
      const done = DONE.exec(text)?.groups
      if (done !== undefined) return finish(done)
      const step = STEP.exec(text)?.groups
      if (step === undefined) return line
      if (step.message?.startsWith('error:')) return line
      begin(step)
      return undefined
    },
    underWay: () =>
      [...works].map(([name, { since, message }]) => {
        const told = message === '' ? '' : `: ${message.slice(0, 100)}`
        return `    ${name} (${Math.round((now() - since) / 1000)}s)${told}`
      }),
    hear(name, message) {
      const work = works.get(name)
      if (work !== undefined) work.message = message
    },
  }
}
