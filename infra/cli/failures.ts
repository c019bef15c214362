import type { Engine, StackContainer } from './engine.ts'

const LINES = 15

// These carry files and are never started.
const isStarted = ({ status }: StackContainer) => status !== 'Created'

const isFailed = (container: StackContainer) =>
  isStarted(container) &&
  (container.state === 'unhealthy' ||
    container.status.startsWith('Restarting') ||
    /^(Exited|Dead)/.test(container.status)) &&
  !container.status.startsWith('Exited (0)')

/** Tells of each container that is not as it should be, once, with the end of its log. */
export class Failures {
  readonly #told = new Set<string>()
  readonly #engine: Pick<Engine, 'lastLines'>

  constructor(engine: Pick<Engine, 'lastLines'>) {
    this.#engine = engine
  }

  /** What is to be said of these containers that was not said yet. */
  async among(containers: readonly StackContainer[]): Promise<string[]> {
    const failed = containers.filter((container) => isFailed(container) && !this.#told.has(container.id))
    return Promise.all(failed.map((container) => this.#tell(container)))
  }

  async #tell({ id, name, status }: StackContainer): Promise<string> {
    this.#told.add(id)
    const log = await this.#engine.lastLines(id, LINES)
    return `\nThe container ${name} is not healthy: ${status}. Its last lines:\n${indented(log)}\n`
  }
}

export const indented = (text: string) =>
  text === ''
    ? '  (it wrote nothing)'
    : text
        .split('\n')
        .map((line) => `  ${line}`)
        .join('\n')
