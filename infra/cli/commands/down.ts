import { npmRun } from '../../printed-commands.ts'
import { PROJECT } from '../../settings/config.ts'
import { clearLock } from '../lock.ts'
import { operate } from '../operation.ts'
import type { Options } from '../pulumi.ts'
import type { Tools } from '../target.ts'
import { agreed } from '../terminal.ts'

export interface DownOptions extends Options {
  readonly data?: boolean
  readonly yes?: boolean
}

/** Removes the containers. With `data`, also removes the volumes and passwords. */
export async function down(tools: Tools, { data = false, yes = false, ...options }: DownOptions): Promise<number> {
  const { asked, pulumi, terminal } = tools
  const state = await pulumi.state()
  if (state === undefined || state.resources.length === 0) {
    terminal.print(`The stack ${asked.stack} has nothing to remove.`)
    return 0
  }
  if (!data) {
    await clearLock(asked, pulumi, terminal)
    const settings = { [`${PROJECT}:running`]: 'false' }
    if (!(await operate('up', tools, { options, settings }))) return 1
    terminal.print(`The index and the model are kept; \`${npmRun(asked, 'down', '--data')}\` removes them too.`)
    return 0
  }
  const question = `This removes the index and the model of the stack ${asked.stack} permanently.`
  await agreed({ yes, question, answer: asked.stack, otherwise: 'Nothing was removed' }, terminal)
  await clearLock(asked, pulumi, terminal)
  await pulumi.unprotect()
  return (await operate('destroy', tools, { options })) ? 0 : 1
}
