import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { runPreflight } from '../../../infra/docker/engine/preflight.ts'
import type { Fault } from '../../../infra/faults.ts'
import { inWords } from '../../../infra/finding.ts'
import { unusedPort } from '../../fakes/unused-port.ts'
import { CORE } from '../cli/fake-tools.ts'
import { settingsOf } from '../mocked.ts'

const engineWith = (answers: { readonly fault?: Fault; readonly publisher?: string }) => ({
  fault: async () => answers.fault,
  publisherOf: async () => answers.publisher,
  of: async () => CORE,
})

const opened: { close(): void }[] = []
afterEach(() => {
  for (const server of opened.splice(0)) server.close()
})

function takenPort(): Promise<number> {
  const server = createServer()
  opened.push(server)
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

const settings = (server: number, postgres: number, repositories: string[] = []) =>
  settingsOf('docker', { server: { port: server }, postgres: { port: postgres }, repositories })

/** Returns the faults found. */
const faults = async (...args: Parameters<typeof runPreflight>) =>
  (await runPreflight(...args)).filter(({ state }) => state !== 'ok').map(inWords)

describe('a machine', () => {
  test('that is ready has no faults', async () => {
    const ready = settings(await unusedPort(), await unusedPort(), ['.'])
    expect(await faults(ready, process.cwd(), engineWith({}))).toEqual([])
  })

  test('has all its faults reported at once', async () => {
    const [server, postgres] = [await takenPort(), await takenPort()]
    const engine = engineWith({ fault: { detail: 'The Docker engine does not answer', remedy: 'start it' } })
    const told = await faults(settings(server, postgres, ['./missing']), '/project', engine)
    expect(told).toHaveLength(4)
    expect(told[0]).toBe('The Docker engine does not answer: start it')
    expect(told[1]).toContain(`Port ${server} of 127.0.0.1 is taken by `)
    expect(told[2]).toMatch(/--config codebase-mcp:postgres.port=\d+$/)
    expect(told[2]).not.toContain(`=${postgres}`)
    expect(told[3]).toContain('there is no folder /project/missing')
  })

  test('lets the stack keep the ports of its own containers, and names the process that uses another', async () => {
    const held = settings(await takenPort(), await takenPort())
    expect(await faults(held, '/', engineWith({ publisher: 'codebase-mcp-server' }))).toEqual([])
    const [told] = await faults(held, '/', engineWith({ publisher: 'codebase-mcp-test-server' }))
    expect(told).toContain('is taken by the container codebase-mcp-test-server: stop that, or choose another')
  })
})
