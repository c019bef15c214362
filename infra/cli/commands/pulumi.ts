import type { Asked } from '../arguments.ts'
import type { Tools } from '../tools.ts'

/** The Pulumi CLI by hand; its exit code. */
export const pulumi = ({ passed }: Asked, tools: Pick<Tools, 'pulumi'>): Promise<number> => tools.pulumi.byHand(passed)
