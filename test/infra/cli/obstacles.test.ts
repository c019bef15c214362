import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { obstacles, portObstacle } from '../../../infra/cli/obstacles.ts'
import { settingsOf } from '../mocked.ts'

const engineWith = (answers: Partial<Record<'fault' | 'publisher', string>>) => ({
  fault: async () => answers.fault,
  publisherOf: async () => answers.publisher,
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

async function freePort(): Promise<number> {
  const port = await takenPort()
  await new Promise((resolve) => (opened.pop() as ReturnType<typeof createServer>).close(resolve))
  return port
}

const settings = (server: number, postgres: number, repositories: string[] = []) =>
  settingsOf('docker', { server: { port: server }, postgres: { port: postgres }, repositories })

describe('obstacles', () => {
  test('finds none on a machine that is ready', async () => {
    const ready = settings(await freePort(), await freePort(), ['.'])
    expect(await obstacles(ready, process.cwd(), engineWith({}))).toEqual([])
  })

  test('tells all of them at once', async () => {
    const [server, postgres] = [await takenPort(), await takenPort()]
    const engine = engineWith({ fault: 'The Docker engine does not answer: start it' })
    const told = await obstacles(settings(server, postgres, ['./missing']), '/project', engine)
    expect(told).toHaveLength(4)
    expect(told[0]).toContain('does not answer')
    expect(told[1]).toContain(`Port ${server} of 127.0.0.1 is taken by another program`)
    expect(told[2]).toMatch(/--config codebase-mcp:postgres.port=\d+$/)
    expect(told[2]).not.toContain(`=${postgres}`)
    expect(told[3]).toContain('there is no folder /project/missing')
  })

  test('lets the stack keep the ports of its own containers', async () => {
    const held = settings(await takenPort(), await takenPort())
    expect(await obstacles(held, '/', engineWith({ publisher: 'codebase-mcp-server' }))).toEqual([])
    expect(await obstacles(held, '/', engineWith({ publisher: 'codebase-mcp-test-server' }))).toHaveLength(2)
  })
})

test('a port that another container holds is told with its name', () => {
  const told = portObstacle({ key: 'postgres.port', port: 5432 }, 'other-db', 5433)
  expect(told).toBe(
    'Port 5432 of 127.0.0.1 is taken by the container other-db: stop that, or choose another with --config codebase-mcp:postgres.port=5433',
  )
})
