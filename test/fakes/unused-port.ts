import { createServer } from 'node:net'

/**
 * Below the ports that Linux, macOS and Windows give to programs that ask for any port, or connect, and above those to
 * which `fetch` does not connect.
 */
const FIRST = 10_200
const COUNT = 20_000
/** How many ports a test process takes before it begins again. */
const PER_PROCESS = 200

let taken = 0

/**
 * Returns a port of loopback on which nothing listens. No other test is given it soon, as `listen(0)` would be: test
 * processes that run at the same time take turns in different ranges.
 */
export async function unusedPort(): Promise<number> {
  const range = (process.pid * PER_PROCESS) % COUNT
  for (;;) {
    const port = FIRST + range + (taken++ % PER_PROCESS)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
