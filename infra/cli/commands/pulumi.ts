import type { Tools } from '../target.ts'

/** The Pulumi CLI by hand; its exit code. */
export const pulumi = ({ pulumi, asked }: Pick<Tools, 'pulumi' | 'asked'>): Promise<number> =>
  pulumi.byHand(asked.passed)
