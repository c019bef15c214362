import type { DockerSettings } from '../../../settings/settings.ts'
import { obstacles } from '../../obstacles.ts'
import { checked, type Finding, findings } from './finding.ts'
import type { DoctorTools } from './tools.ts'

const { ok, warning, failing } = findings('stack')

/** Ports and repositories: what has to be free, and what has to be there. */
export async function checkPlace(
  settings: DockerSettings,
  { engine, root }: Pick<DoctorTools, 'engine' | 'root'>,
  answers: boolean,
): Promise<readonly Finding[]> {
  const asked = {
    fault: async () => undefined,
    publisherOf: async (port: number) => (answers ? engine.publisherOf(port) : undefined),
  }
  const look = async (part: DockerSettings) => (await obstacles(part, root, asked)).flatMap(split)
  const [ofPorts, ofRepositories] = await Promise.all([
    checked('stack', 'ports', async () => {
      const taken = await look({ ...settings, repositories: [] })
      // Without the engine it is not known whether they are the stack's own.
      if (taken.length > 0) return taken.map((each) => (answers ? failing : warning)('ports', ...each))
      return [ok('ports', `${settings.ports.map(({ port }) => port).join(', ')}: free, or its own`)]
    }),
    checked('stack', 'repositories', async () => {
      const missing = await look({ ...settings, ports: [] })
      if (missing.length > 0) return missing.map((each) => failing('repositories', ...each))
      return [ok('repositories', settings.repositories.join(', ') || 'none')]
    }),
  ])
  return [...ofPorts, ...ofRepositories]
}

type Told = readonly [detail: string, remedy: string]

/** What is wrong and what to do, out of a message that has both: of one fault in a line, or of several below a headline. */
function split(message: string): Told[] {
  const [first = '', ...rest] = message.split('\n').filter((line) => line !== '')
  if (rest.length === 0) return [cut(first, ': ')]
  return rest.map((line) => cut(line.trim(), '; '))
}

function cut(line: string, before: string): Told {
  const at = line.indexOf(before)
  return at === -1 ? [line, 'Correct it in the settings'] : [line.slice(0, at), line.slice(at + before.length)]
}
