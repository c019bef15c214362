import { clearLock } from '../lock.ts'
import type { Tools } from '../target.ts'
import { agreed } from '../terminal.ts'
import { up } from './up.ts'

/** Upgrades the database to the major version of Postgres in the configured image. Keeps the old files. */
export async function upgrade(tools: Tools, { yes = false }: { yes?: boolean }): Promise<number> {
  const { asked, pulumi, terminal } = tools
  const target = await tools.targetOf(tools.settings())
  const step = await target.upgrading(pulumi)
  if (step === undefined) {
    terminal.print('The database already has the major version of the image: nothing to upgrade.')
    return 0
  }
  const question = `This upgrades the database of the stack ${asked.stack} from Postgres ${step.from} to ${step.to}; the server is down meanwhile.`
  await agreed({ yes, question, answer: asked.stack, otherwise: 'Nothing was changed' }, terminal)
  await clearLock(asked, pulumi, terminal)
  const interruption = terminal.interruption()
  let kept: string
  try {
    kept = await step.take(interruption.signal)
  } finally {
    interruption.over()
  }
  const exitCode = await up(tools, { yes: true })
  terminal.print(kept)
  return exitCode
}
