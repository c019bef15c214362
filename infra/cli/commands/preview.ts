import { refuseBroken } from '../../policy/broken.ts'
import { operate } from '../operation.ts'
import type { Options } from '../pulumi.ts'
import type { Tools } from '../target.ts'

/** Shows what `up` would change. */
export async function preview(tools: Tools, options: Options): Promise<number> {
  const { pulumi } = tools
  // What is wrong with the settings is told before anything is made.
  tools.settings()
  refuseBroken((await tools.plan()).violations)
  if ((await pulumi.state()) === undefined) await pulumi.make()
  return (await operate('preview', tools, { options })) ? 0 : 1
}
