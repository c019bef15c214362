import type { EngineEvent, OpType } from '@pulumi/pulumi/automation/index.js'

/** Readable progress of a Pulumi operation. */
export interface Progress {
  /** Handles an event of the engine and prints the relevant ones. */
  readonly take: (event: EngineEvent) => void
  /** Prints each operation in progress with its duration so far and its last message. */
  readonly beat: () => void
  /** Sets the last message of a resource that another source reports. */
  readonly hear: (name: string, message: string) => void
  /** Returns the counts of the changes that were made or are planned. */
  readonly summary: () => string
}

type Metadata = NonNullable<EngineEvent['resourcePreEvent']>['metadata']

interface Work {
  readonly path: string
  readonly since: number
  message: string
  /** Warnings that matter only if it fails. */
  readonly warnings: string[]
}

type Outcome = 'planned' | 'done' | 'failed'

interface Told {
  readonly sign: string
  readonly done: string
  readonly planned: string
}

/** Labels of the operations that are printed. The others are not worth waiting for. */
const OPERATIONS: Partial<Record<OpType, Told>> = {
  create: { sign: '+', done: 'created', planned: 'create' },
  update: { sign: '~', done: 'updated', planned: 'update' },
  delete: { sign: '-', done: 'deleted', planned: 'delete' },
  replace: { sign: '+-', done: 'replaced', planned: 'replace' },
  'create-replacement': { sign: '++', done: 'created replacement', planned: 'create replacement' },
  'delete-replaced': { sign: '--', done: 'deleted original', planned: 'delete original' },
  import: { sign: '=', done: 'imported', planned: 'import' },
}

const CONSEQUENCES: readonly OpType[] = ['create-replacement', 'delete-replaced']

const SHOWN_WIDTH = 100

/** @param now milliseconds */
export function makeProgress(print: (text: string) => void, now: () => number = Date.now): Progress {
  const parents = new Map<string, string>()
  const works = new Map<string, Work>()
  let summary = ''
  const pathOf = (urn: string): string => {
    const above = parents.get(urn) ?? ''
    // Paths omit the two topmost resources: the stack and its only component.
    const isInside = (parents.get(parents.get(above) ?? '') ?? '') !== ''
    return isInside ? `${pathOf(above)}/${nameOf(urn)}` : nameOf(urn)
  }
  const begin = ({ op, urn, old, new: made }: Metadata) => {
    const state = made ?? old
    if (state !== undefined) parents.set(urn, state.parent)
    if (state?.custom !== true || OPERATIONS[op] === undefined || isProvider(urn)) return
    works.set(urn, { path: pathOf(urn), since: now(), message: '', warnings: [] })
  }
  const finish = ({ op, urn, diffs }: Metadata, outcome: Outcome) => {
    const work = works.get(urn)
    const told = OPERATIONS[op]
    // A preview prints a replacement as a whole. An update prints its two steps when they finish.
    const isTold = outcome === 'planned' ? !CONSEQUENCES.includes(op) : op !== 'replace'
    works.delete(urn)
    if (work === undefined || told === undefined || !isTold) return
    if (outcome === 'failed') for (const text of work.warnings) print(`warning: ${work.path}: ${text}`)
    print(
      ` ${told.sign.padEnd(2)} ${work.path} ${wordsOf(told, outcome, now() - work.since)}${changedBy(op, outcome, diffs)}`,
    )
  }
  const tell = ({ urn = '', severity, message }: NonNullable<EngineEvent['diagnosticEvent']>) => {
    const text = message.trimEnd()
    const about = urn === '' || isStack(urn) ? '' : `${pathOf(urn)}: `
    if (severity === 'warning' && isWorkload(urn)) works.get(urn)?.warnings.push(text)
    else if (isAlarming(severity, text)) print(`${severity}: ${about}${text}`)
    else if (severity === 'info' && about === '') print(text)
    else if (text !== '') hear(nameOf(urn), text.split('\n').at(-1) ?? '')
  }
  const hear = (name: string, message: string) => {
    for (const [urn, work] of works) if (nameOf(urn) === name) work.message = message
  }
  return {
    take({ resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, policyEvent, summaryEvent }) {
      if (resourcePreEvent !== undefined) begin(resourcePreEvent.metadata)
      if (resOutputsEvent !== undefined)
        finish(resOutputsEvent.metadata, resOutputsEvent.planning === true ? 'planned' : 'done')
      if (resOpFailedEvent !== undefined) finish(resOpFailedEvent.metadata, 'failed')
      if (diagnosticEvent !== undefined) tell(diagnosticEvent)
      if (policyEvent !== undefined) {
        const { enforcementLevel, resourceUrn = '', policyName, message } = policyEvent
        print(`${enforcementLevel}: ${nameOf(resourceUrn)}: ${policyName}: ${message.trimEnd()}`)
      }
      if (summaryEvent !== undefined) summary = summaryOf(summaryEvent)
    },
    beat() {
      for (const { path, since, message } of works.values()) {
        const told = message === '' ? '' : `: ${message.slice(0, SHOWN_WIDTH)}`
        print(`    ${path} (${Math.round((now() - since) / 1000)}s)${told}`)
      }
    },
    hear,
    summary: () => summary,
  }
}

// Not printed, because companies without access to the registry provide plugins on the PATH on purpose.
const isAlarming = (severity: string, text: string) =>
  severity === 'error' || (severity === 'warning' && !text.includes('pulumi-resource-'))

function wordsOf({ done, planned }: Told, outcome: Outcome, ms: number): string {
  if (outcome === 'planned') return planned
  const seconds = Math.round(ms / 1000)
  return `${outcome === 'failed' ? 'not ' : ''}${done}${seconds === 0 ? '' : ` (${seconds}s)`}`
}

const changedBy = (op: OpType, outcome: Outcome, diffs: readonly string[] = []) =>
  outcome === 'planned' && op === 'update' ? `: ${diffs.join(', ')}` : ''

const nameOf = (urn: string) => urn.split('::').at(-1) ?? urn
const typeOf = (urn: string) => urn.split('::').at(-2) ?? ''
const isStack = (urn: string) => typeOf(urn) === 'pulumi:pulumi:Stack'
// The provider warns of what a workload still waits for, and of every end of a Job's container, also if it succeeds.
const isWorkload = (urn: string) =>
  /kubernetes:(?:batch\/v1:Job|apps\/v1:(?:Deployment|StatefulSet|DaemonSet))$/.test(typeOf(urn))
const isProvider = (urn: string) => typeOf(urn).includes('pulumi:providers:')

function summaryOf({ resourceChanges, durationSeconds, ...rest }: NonNullable<EngineEvent['summaryEvent']>): string {
  // The engine sends `isPreview`, but the type of the event lacks it.
  const { isPreview = false } = rest as { readonly isPreview?: boolean }
  const changes = Object.entries(OPERATIONS).flatMap(([op, { sign, done, planned }]) => {
    const count = resourceChanges[op as OpType]
    return count === undefined ? [] : [`${sign} ${count} ${isPreview ? `to ${planned}` : done}`]
  })
  const { same } = resourceChanges
  const all = [...changes, ...(same === undefined ? [] : [`${same} unchanged`])]
  return `${all.length === 0 ? 'Nothing to do' : all.join(', ')} (${durationSeconds}s)`
}
