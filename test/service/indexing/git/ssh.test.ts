import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GitServer } from '../../../fakes/git-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { opened, remotesWith } from './opened-tree.ts'

const server = new GitServer()
beforeAll(async () => {
  await server.start()
  server.create('shop', { 'a.ts': 'let a' })
})
afterAll(() => server.stop())

/** Records its arguments, one per line, and runs the last two like the server's shell. */
const SSH = `#!/bin/sh
for each in "$@"; do echo "$each" >>"$(dirname "$0")/arguments"; done
while [ $# -gt 2 ]; do shift; done
eval "$1 $2"
`

function fakeSsh(script = SSH) {
  const programs = temporaryFolder({ ssh: script })
  chmodSync(join(programs, 'ssh'), 0o755)
  return {
    path: `${programs}:${process.env.PATH}`,
    arguments: () => readFileSync(join(programs, 'arguments'), 'utf8').split('\n'),
    programs,
  }
}

const credentials = [
  { prefix: 'ssh://git@h', keyFile: '/not/this', knownHostsFile: '/not/this' },
  { prefix: 'ssh://git@h:2222/tmp', keyFile: '/a folder/100%/key', knownHostsFile: '/a folder/known_hosts' },
]

test('a repository by SSH is fetched with its key and known hosts, and with no other settings of the user', async () => {
  const ssh = fakeSsh()
  const remotes = remotesWith({ credentials, path: ssh.path })
  expect(await opened(remotes, `ssh://git@h:2222${server.bare('shop')}`)).toMatchObject({ files: { 'a.ts': 'let a' } })
  const given = ssh.arguments()
  const first = given.slice(0, given.indexOf('--') + 4)
  expect(first).toEqual([
    '-F',
    'none',
    '-T',
    ...[
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      'UserKnownHostsFile="/a folder/known_hosts"',
      'GlobalKnownHostsFile=none',
      'IdentityFile="/a folder/100%%/key"',
      'IdentitiesOnly=yes',
      'IdentityAgent=none',
      'PreferredAuthentications=publickey',
      'ConnectTimeout=20',
      'ServerAliveInterval=15',
      'SendEnv=GIT_PROTOCOL',
      'Port=2222',
      'User=git',
    ].flatMap((option) => ['-o', option]),
    '--',
    'h',
    'git-upload-pack',
    `'${server.bare('shop')}'`,
  ])
})

test.each([
  ['Host key verification failed.', 'remote_access_denied', 'knownHostsFile'],
  ['git@h: Permission denied (publickey).', 'remote_access_denied', 'GIT_CREDENTIALS_FILE'],
  ['ERROR: Repository not found.', 'remote_not_found', 'URL'],
  ['ssh: connect to host h port 22: Connection refused', 'remote_unreachable', 'network'],
  ['ssh: Could not resolve hostname h: Name or service not known', 'remote_unreachable', 'name'],
  ['No user exists for uid 12345', 'clone_failed', '/etc/passwd'],
])('the message of ssh is reported with a remedy: %s', async (said, code, remedy) => {
  const ssh = fakeSsh(`#!/bin/sh\necho "${said}" >&2\nexit 255\n`)
  await expect(opened(remotesWith({ credentials, path: ssh.path }), 'ssh://git@h/tmp/x')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(said.replace(/^ERROR: /, '')),
    remedy: expect.stringContaining(remedy),
  })
})

test('no part of a URL becomes an option or a command', async () => {
  const ssh = fakeSsh()
  const remotes = remotesWith({ credentials: [{ ...credentials[0], prefix: 'ssh://git@h' } as never], path: ssh.path })
  const marker = join(ssh.programs, 'marker')
  for (const url of [
    `ssh://git@h/$(touch ${marker})`,
    `ssh://git@h/x';touch ${marker};'`,
    `ssh://-oProxyCommand=touch%20${marker}/x`,
    `git@h:x %S;touch ${marker}`,
  ]) {
    await expect(opened(remotes, url)).rejects.toMatchObject({ code: 'source_unsupported' })
  }
  expect(existsSync(marker)).toBe(false)
  expect(existsSync(join(ssh.programs, 'arguments'))).toBe(false)
})
