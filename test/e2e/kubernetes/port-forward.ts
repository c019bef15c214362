import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

interface PortForward extends AsyncDisposable {
  readonly url: string
}

/** Forwards a local port to the server's Service in a namespace. */
export async function forwarded(namespace: string, service = 'server'): Promise<PortForward> {
  const command = ['--namespace', namespace, 'port-forward', `service/${service}`, ':8000', '--address', '127.0.0.1']
  const child = spawn('kubectl', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<never>((_, reject) =>
    child.once('close', (code) => reject(new Error(`kubectl port-forward ended with ${code}`))),
  )
  ended.catch(() => {})
  const port = new Promise<string>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = /127\.0\.0\.1:(\d+) ->/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const url = `http://127.0.0.1:${await Promise.race([port, ended])}`
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended.catch(() => {})
    },
  }
}
