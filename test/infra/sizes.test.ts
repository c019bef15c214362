import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LOADS, type Sizing, sizeFor } from '../../infra/settings/sizes.ts'

const page = readFileSync(new URL('../../docs/sizing.md', import.meta.url), 'utf8')

const load = fc.record({
  repositories: fc.integer({ min: 1, max: 20_000 }),
  chunks: fc.integer({ min: 1, max: 20_000_000 }),
  agents: fc.integer({ min: 1, max: 5000 }),
})

const processors = ({ server, worker, postgres, ollama }: Sizing) =>
  server.cpus * server.replicas + worker.cpus * worker.replicas + postgres.cpus + ollama.cpus

const memory = ({ server, worker, postgres, ollama }: Sizing) =>
  server.memory * server.replicas + worker.memory * worker.replicas + postgres.memory + ollama.memory

describe('sizeFor', () => {
  test('gives every connection of every process at its maximum a slot in Postgres', () => {
    fc.assert(
      fc.property(load, (asked) => {
        const { server, worker, postgres } = sizeFor(asked)
        const pools = (server.maxReplicas + worker.maxReplicas) * (server.poolSize + 3)
        expect(postgres.connections).toBeGreaterThan(pools)
      }),
    )
  })

  test('never returns less for more', () => {
    fc.assert(
      fc.property(load, load, (one, other) => {
        const both = {
          repositories: Math.max(one.repositories, other.repositories),
          chunks: Math.max(one.chunks, other.chunks),
          agents: Math.max(one.agents, other.agents),
        }
        const [least, most] = [sizeFor(one), sizeFor(both)]
        // Requests are rounded to hundredths of a processor.
        expect(processors(most)).toBeGreaterThanOrEqual(processors(least) * 0.98)
        expect(memory(most)).toBeGreaterThanOrEqual(memory(least))
        expect(most.postgres.storage).toBeGreaterThanOrEqual(least.postgres.storage)
      }),
    )
  })

  test('keeps a second server for updates', () => {
    fc.assert(
      fc.property(load, (asked) => {
        expect(sizeFor(asked).server.replicas).toBeGreaterThanOrEqual(2)
      }),
    )
  })

  test.each(Object.entries(LOADS))('returns what docs/sizing.md says about %s', (name, asked) => {
    const size = sizeFor(asked)
    const { server, worker, postgres } = size
    const cells = [
      asked.repositories.toLocaleString('en'),
      asked.chunks.toLocaleString('en'),
      asked.agents.toLocaleString('en'),
      `${server.replicas}–${server.maxReplicas} × ${server.cpus} CPU, ${server.memory} MiB`,
      `${worker.replicas}–${worker.maxReplicas}`,
      `${postgres.cpus} CPU, ${postgres.memory} MiB, ${postgres.storage} GiB`,
      `${Math.round(processors(size) * 100) / 100} CPU, ${Math.round(memory(size) / 1024)} GiB`,
    ]
    expect(page).toContain(`| \`${name}\` | ${cells.join(' | ')} |`)
  })
})
