import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { ROOT, textOf } from './markdown.ts'

/** Messages of Docker, Kubernetes, Postgres and Pulumi, which this repository does not write. */
const OF_OTHERS = [
  'pull access denied',
  'manifest unknown',
  'no space left on device',
  'unable to delete resource',
  'currently marked for protection',
  'error connecting to PostgreSQL server',
  'connection refused',
  'password authentication failed for user "postgres',
  'already exists',
  'SSL is not supported by this build',
  'no pg_hba.conf entry for host',
  'no encryption',
  'could not resize shared memory segment',
  'No space left on device',
  'Permission denied',
]

/** The source, with what a template fills in as an ellipsis, like in the page. */
function sources(): string {
  const files = execFileSync('git', ['ls-files', 'service/*.ts', 'infra/*.ts'], { cwd: ROOT, encoding: 'utf8' })
  const text = files.trim().split('\n').map(textOf).join('\n')
  return text.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…').replaceAll(/\\?`/g, '')
}

const symptoms = textOf('docs/troubleshooting.md')
  .split('\n')
  .flatMap((line) => /^\| (.+?) \|/.exec(line)?.[1] ?? [])
const quoted = symptoms.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message))
const parts = quoted
  .flatMap((message) => message.split('…'))
  .map((part) => part.replace(/^[\s,:)."]+|[\s,:(."]+$/g, ''))

test('troubleshooting quotes messages as the programs write them', () => {
  const text = sources()
  const sentences = parts.filter((part) => part.includes(' ') && !/^(npm|pulumi) /.test(part))
  expect(sentences.length).toBeGreaterThan(40)
  expect(sentences.filter((part) => !OF_OTHERS.includes(part) && !text.includes(part))).toEqual([])
})
