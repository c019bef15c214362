import type { Asked } from '../arguments.ts'
import { given, type Tools } from '../tools.ts'

/** Shows what `up` would change. */
export async function preview(asked: Asked, { pulumi }: Tools): Promise<number> {
  if (!(await pulumi.exists())) await pulumi.makeStack()
  return pulumi.run(['preview', '--suppress-outputs', ...given(asked), ...asked.passed])
}
