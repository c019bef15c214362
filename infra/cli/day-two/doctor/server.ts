import type { Containers } from '../containers/containers.ts'
import { type Finding, findings, type State } from './finding.ts'

const { failing, warning } = findings('server')

const DOCTOR = ['/usr/local/bin/node', '/app/main.js', 'doctor', '--json'] as const

interface OwnReport {
  readonly checks: readonly {
    readonly name: string
    readonly state: State
    readonly detail: string
    readonly remedy?: string
  }[]
}

/** What the service finds out about itself, in its own container. */
export async function checkServer(container: string, containers: Pick<Containers, 'run'>): Promise<Finding[]> {
  const { output, errors } = await containers.run(container, DOCTOR)
  if (errors.startsWith('There is no mode')) {
    return [warning('doctor', 'the image is older than its doctor', '`npm run up` builds another')]
  }
  const report = reportIn(output)
  if (report === undefined) {
    const told = `${output}${errors}`.trim().split('\n').at(-1) ?? ''
    return [failing('doctor', `it ended without an answer: ${told}`, '`npm run logs server` may say why')]
  }
  return report.checks.map((check) => ({ group: 'server', ...check }))
}

function reportIn(output: string): OwnReport | undefined {
  try {
    return JSON.parse(output) as OwnReport
  } catch {
    return undefined
  }
}
