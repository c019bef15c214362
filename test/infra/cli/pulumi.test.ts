import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makePulumi } from '../../../infra/cli/pulumi.ts'
import { temporaryFolders } from '../../fakes/temporary-folders.ts'

const temporaryFolder = temporaryFolders()

test('running the Pulumi CLI by hand is refused with the remedy if it is not on the PATH', async () => {
  const pulumi = makePulumi('/project', { PATH: '/nowhere' }, { stack: 'dev', settings: {}, passed: [] })
  await expect(pulumi.byHand(['version'])).rejects.toThrow(
    'The Pulumi CLI is not on the PATH: install it, see https://www.pulumi.com/docs/install/',
  )
})

test.each([
  ['on stderr', 'echo "error: the state is broken" >&2', 'error: the state is broken'],
  ['on stdout', 'echo "Diagnostics:"; echo "  error: the state is broken"', 'error: the state is broken'],
  ['nowhere', ':', 'The Pulumi CLI ended with exit code 255 and gave no reason'],
])('the reason of an operation that fails without an event is reported if it is %s', async (_, says, reason) => {
  const root = temporaryFolder()
  mkdirSync(join(root, 'bin'))
  writeFileSync(join(root, 'Pulumi.yaml'), 'name: project\nruntime: nodejs\n')
  const script = `#!/bin/sh\ncase "$1" in version) echo v3.220.0 ;; up) ${says}; exit 255 ;; esac\n`
  writeFileSync(join(root, 'bin/pulumi'), script, { mode: 0o755 })
  const environment = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, HOME: root }
  const pulumi = makePulumi(root, environment, { stack: 'dev', settings: {}, passed: [] })
  const operation = { take: () => {}, signal: new AbortController().signal }
  await expect(pulumi.run('up', operation)).rejects.toThrow(reason)
})
