import { expect, test } from 'vitest'
import { makePulumi } from '../../../infra/cli/pulumi.ts'

test('running the Pulumi CLI by hand is refused with the remedy if it is not on the PATH', async () => {
  const pulumi = makePulumi('/project', { PATH: '/nowhere' }, { stack: 'dev', settings: {}, passed: [] })
  await expect(pulumi.byHand(['version'])).rejects.toThrow(
    'The Pulumi CLI is not on the PATH: install it, see https://www.pulumi.com/docs/install/',
  )
})
