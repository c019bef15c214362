import { describe, expect, test } from 'vitest'
import type { ContainerFacts } from '../../../../infra/docker/engine/facts.ts'
import { emptyUnfinished, reachPostgres } from '../../../../infra/docker/engine/postgres.ts'
import { Refused } from '../../../../infra/faults.ts'

const PLACE = { stack: 'shop', name: 'shop-postgres', image: 'pgvector/pgvector:pg17' }

interface World {
  readonly state?: ContainerFacts['state']
  readonly named?: string
  /** Error that running a program fails with. */
  readonly fault?: string
  readonly isInitialised?: boolean
  readonly isRefused?: boolean
  readonly told?: string
}

/** Returns an engine and its containers, and the actions that are taken. */
function world({ state, named = 'shop-postgres', fault = '', isInitialised = true, isRefused, told = '' }: World) {
  const done: string[] = []
  const engine = {
    run: async (_: string, [program]: readonly string[]) => {
      const exitCode = program === 'pg_isready' ? (fault === '' ? 0 : 1) : Number(!isInitialised)
      return { exitCode, output: '', errors: fault }
    },
    start: async ([name]: readonly string[]) => {
      done.push(`start ${name}`)
      if (isRefused) throw new Refused('no such image')
    },
    stop: async (names: readonly string[]) => void done.push(`stop ${names.join(' ')}`),
    runAside: async ({ volume, options }: { volume: string; options: readonly string[] }) => {
      done.push(`run ${options.join(' ')} on ${volume}`)
      if (isRefused) throw new Refused('no such image')
      return told
    },
  }
  const present = state === undefined ? [] : [{ name: named, state }]
  return { there: { engine, present }, done }
}

async function reached(given: World) {
  const { there, done } = world(given)
  return { by: await reachPostgres(PLACE, there, async (container) => container), done }
}

describe('the Postgres of a stack', () => {
  test('is used directly if it runs', async () => {
    expect(await reached({ state: 'running' })).toEqual({ by: 'shop-postgres', done: [] })
  })

  test('is started if it is stopped', async () => {
    expect(await reached({ state: 'exited' })).toEqual({ by: 'shop-postgres', done: ['start shop-postgres'] })
    expect((await reached({ state: 'exited', isRefused: true })).by).toBeUndefined()
  })

  test('runs temporarily on its volume if its container was removed', async () => {
    expect(await reached({})).toEqual({
      by: 'shop-postgres-aside',
      done: ['run --detach --name shop-postgres-aside on shop-postgres', 'stop shop-postgres-aside'],
    })
    expect((await reached({ isRefused: true })).by).toBeUndefined()
  })

  test('is found again if that temporary run was cut short', async () => {
    expect(await reached({ state: 'running', named: 'shop-postgres-aside' })).toEqual({
      by: 'shop-postgres-aside',
      done: [],
    })
  })

  test('is not used if its container ends or was never initialised', async () => {
    expect((await reached({ state: 'running', fault: 'the container is restarting' })).by).toBeUndefined()
    expect((await reached({ state: 'running', isInitialised: false })).by).toBeUndefined()
    expect((await reached({ fault: 'no such container' })).done).toContain('stop shop-postgres-aside')
  })
})

test('an unfinished Postgres is stopped before its volume is emptied, and the result says whether it was', async () => {
  const { there, done } = world({ state: 'running', told: 'emptied\n' })
  expect(await emptyUnfinished(PLACE, there)).toBe(true)
  expect(done).toEqual(['stop shop-postgres', 'run --entrypoint sh on shop-postgres'])
  expect(await emptyUnfinished(PLACE, world({}).there)).toBe(false)
})
