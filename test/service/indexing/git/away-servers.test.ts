import { beforeEach, describe, expect, test } from 'vitest'
import { Fault } from '../../../../service/errors.ts'
import { parseGitUrl } from '../../../../service/git-url.ts'
import { AwayServers } from '../../../../service/indexing/git/away-servers.ts'
import { MINUTE, SECOND } from '../../../../service/units.ts'

const timeout = () => new Fault('remote_timeout', 'No answer', 'Wait')
const notFound = () => new Fault('remote_not_found', 'Not there', 'Look elsewhere')

describe('A git server that cannot be reached', () => {
  let now: number
  let servers: AwayServers
  /** The repositories that the servers were asked about. */
  let asked: string[]
  /** What a server throws about a repository. */
  let thrown: (address: string) => Fault | undefined

  beforeEach(() => {
    now = 0
    servers = new AwayServers(() => now)
    asked = []
    thrown = timeout
  })

  const question = async ({ address }: { readonly address: string }) => {
    asked.push(address)
    const fault = thrown(address)
    if (fault !== undefined) throw fault
  }
  const ask = async (address: string) => {
    const url = parseGitUrl(address)
    return servers
      .ask(url, () => question(url))
      .then(
        () => 'answered',
        ({ code }: Fault) => code,
      )
  }
  const missThree = async () => {
    for (const name of ['a', 'b', 'c']) await ask(`https://slow/${name}`)
  }

  test('is no longer asked after three repositories in a row, while others are', async () => {
    await missThree()
    thrown = () => undefined
    expect(await ask('https://slow/d')).toBe('remote_unreachable')
    expect(await ask('https://other/d')).toBe('answered')
    expect(asked).not.toContain('https://slow/d')
  })

  test('is asked on if it is only one repository, or if another one gets an answer between', async () => {
    for (let time = 0; time < 5; time++) expect(await ask('https://slow/a')).toBe('remote_timeout')
    await ask('https://slow/b')
    thrown = notFound
    expect(await ask('https://slow/c')).toBe('remote_not_found')
    thrown = timeout
    expect(await ask('https://slow/d')).toBe('remote_timeout')
    expect(await ask('https://slow/e')).toBe('remote_timeout')
  })

  test('is asked about one repository a minute, with a short limit, and about all after an answer', async () => {
    await missThree()
    now = MINUTE
    const limits: (number | undefined)[] = []
    const url = parseGitUrl('https://slow/d')
    await servers.ask(url, async (limitMs) => limits.push(limitMs))
    expect(limits).toEqual([10 * SECOND])
    thrown = () => undefined
    expect(await ask('https://slow/e')).toBe('answered')
  })

  test('stays refused while the repository of that minute misses it too', async () => {
    await missThree()
    now = MINUTE
    expect(await ask('https://slow/d')).toBe('remote_timeout')
    expect(await ask('https://slow/e')).toBe('remote_unreachable')
  })

  test('is reported as back as soon as it answers, even that a repository does not exist', async () => {
    const back: string[] = []
    const look = () =>
      servers.look(question, async (server) => {
        back.push(server)
      })
    await ask('https://slow/team/a')
    asked = []
    await look()
    expect(asked).toEqual([])
    now = 10 * SECOND
    await look()
    expect(asked).toEqual(['https://slow/team/a'])
    thrown = notFound
    now = 20 * SECOND
    await look()
    await look()
    expect(back).toEqual(['https://slow/'])
  })
})
