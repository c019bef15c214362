import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Refused } from '../../infra/faults.ts'

/** Releases the lock. */
export type Release = () => Promise<void>

/**
 * Ensures that only one run uses a test stack at a time, from any folder. The lock is a socket on which its holder
 * listens, so it becomes free when the holder ends, even if it is killed.
 * @throws Refused if another run holds the lock
 */
export async function holdLock(name: string, folder: string = tmpdir()): Promise<Release> {
  const path = join(folder, `${name}.lock`)
  const free = await listen(path)
  if (free !== undefined) return release(free)
  const holder = await holderOf(path)
  if (holder !== undefined) throw inUse(name, holder)
  rmSync(path, { force: true })
  const left = await listen(path)
  if (left === undefined) throw inUse(name, 'another run that has just started')
  return release(left)
}

const release = (held: Server): Release => {
  return () => new Promise((resolve) => held.close(() => resolve()))
}

const inUse = (name: string, holder: string) =>
  new Refused(
    `The test stack ${name} is in use by ${holder}: wait for it, or run another beside it with ` +
      `--name ${name}-2 --config server.port=18100 --config postgres.port=15532`,
  )

/** Undefined if the socket exists. */
function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end(`process ${process.pid}`))
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(path, () => resolve(server))
  })
}

/** Returns who listens on the socket. Undefined if nobody does. */
async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await text(connect(path))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : `another user (${path}: ${code})`
  }
}
