import { checkedText, must } from './kinds.ts'

interface Field {
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Field[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
]

/** Macros of cron. */
const WORDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const WHAT = 'a cron schedule such as "0 2 * * *" or @daily'

/** Schedule of a CronJob. */
export const schedule = checkedText((value) => value.trim() !== '', WHAT).refine(
  (value) => longestInterval(value) !== undefined,
  { error: must(`${WHAT} that starts at some time`) },
)

const DAY = 86_400
/** Long enough to include a 29th of February. */
const YEARS = 9

/**
 * Returns the longest time between two starts of a CronJob's schedule, in seconds. Undefined if the schedule is invalid
 * or never starts.
 */
export function longestInterval(schedule: string): number | undefined {
  const every = /^@every (\S+)$/.exec(schedule.trim())?.[1]
  if (every !== undefined) return durationOf(every)
  const parts = (WORDS[schedule.trim()] ?? schedule.trim()).split(/\s+/)
  const sets = FIELDS.map((field, at) => valuesOf(parts[at] ?? '', field))
  const [minutes, hours, days, months, weekdays] = sets
  if (parts.length !== FIELDS.length || !minutes || !hours || !days || !months || !weekdays) return undefined
  const times = [...hours].flatMap((hour) => [...minutes].map((minute) => hour * 3600 + minute * 60)).toSorted(byValue)
  // As in cron, if both are restricted, either may match.
  const either = isRestricted(parts[2]) && isRestricted(parts[4])
  const isStartDay = (date: Date) => {
    const [day, weekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())]
    return months.has(date.getUTCMonth() + 1) && (either ? day || weekday : day && weekday)
  }
  return longestGap(times, isStartDay)
}

function longestGap(times: readonly number[], isStartDay: (date: Date) => boolean): number | undefined {
  const inside = Math.max(0, ...times.slice(1).map((time, at) => time - (times[at] ?? 0)))
  const [first = 0, last = 0] = [times[0], times.at(-1)]
  const starts = Array.from({ length: YEARS * 366 }, (_, day) => day).filter((day) =>
    isStartDay(new Date(day * DAY * 1000)),
  )
  const between = starts.slice(1).map((day, at) => (day - (starts[at] ?? 0)) * DAY + first - last)
  return between.length === 0 ? undefined : Math.max(inside, ...between)
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }

/** Parses a duration such as 1h30m or 1.5h to whole seconds, as cron does. Undefined if it is invalid. */
function durationOf(text: string): number | undefined {
  const PART = /(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)/g
  if (!new RegExp(`^(${PART.source})+$`).test(text)) return undefined
  const all = [...text.matchAll(PART)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 0),
    0,
  )
  return Math.max(1, Math.floor(all))
}

const isRestricted = (part = '*') => !/^[*?]/.test(part)

const byValue = (one: number, other: number) => one - other

/** Returns the values of a field. Undefined if it is invalid. */
function valuesOf(part: string, field: Field): ReadonlySet<number> | undefined {
  const values = part.split(',').map((each) => rangeOf(each.toLowerCase(), field))
  return values.includes(undefined) ? undefined : new Set(values.flatMap((each) => each ?? []))
}

function rangeOf(text: string, { min, max, names }: Field): number[] | undefined {
  const [, first = '', last, step] = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(text) ?? []
  const number = (word: string) => (names.includes(word) ? names.indexOf(word) + min : Number.parseInt(word, 10))
  const isAll = first === '*' || first === '?'
  const from = isAll ? min : number(first)
  const to = isAll || (last === undefined && step !== undefined) ? max : number(last ?? first)
  const by = Number(step ?? 1)
  if (!(from >= min && to <= max && from <= to && by > 0)) return undefined
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, at) => from + at * by)
}

/** Whether it is a time zone by its name in the IANA database. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return !/^(local|[+-].*)?$/i.test(name)
  } catch {
    return false
  }
}
