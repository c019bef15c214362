import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { crowd } from '../../prove/connections.ts'
import { slowClients } from '../../prove/slow-clients.ts'
import { fakeDomain } from '../tools/fake-domain.ts'
import { startServer } from './running-server.ts'

let server: Awaited<ReturnType<typeof startServer>>
beforeEach(async () => {
  const search = async () => {
    await delay(1000)
    return { results: [], modes: ['lexical' as const], models: [], latencyMs: 1 }
  }
  server = await startServer({ context: fakeDomain({ search: { search } }).context })
})
afterEach(() => server.stop())

describe('a server', () => {
  test('closes connections that send a request byte by byte, and answers the others', async () => {
    const { leftOpen, othersFailed, others } = await slowClients({ port: server.port, heads: 20, bodies: 10 })
    expect({ leftOpen, othersFailed }).toEqual({ leftOpen: 0, othersFailed: 0 })
    expect(others).toBeGreaterThan(10)
  })

  test('refuses connections beyond its limit with 503 and Retry-After, and stays healthy', async () => {
    const crowded = await crowd({ port: server.port, connections: 300, seconds: 2 })
    expect(crowded).toMatchObject({ failed: 0, failures: [], probesFailed: 0 })
    expect(crowded.refused).toBeGreaterThan(0)
    expect(crowded.answered).toBeGreaterThan(100)
  })

  test('closes idle connections first if there are very many', async () => {
    let closed = 0
    const idle = Array.from({ length: 1100 }, () => {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('close', () => closed++)
      socket.on('error', () => {})
      socket.resume()
      socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n')
      return socket
    })
    await expect.poll(() => closed, { timeout: 10_000 }).toBeGreaterThan(50)
    for (const socket of idle) socket.destroy()
  })
})
