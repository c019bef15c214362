import type { Ended } from '../../processes.ts'
import type { ServerReport } from '../report/server.ts'

// By the API server's proxy network policies would refuse it; in the pod it may ask, and has the token where one was made.
const SCRIPT = `
import { existsSync, readFileSync } from 'node:fs'
const file = process.env.SERVER_TOKEN_FILE ?? ''
const headers = existsSync(file) ? { authorization: 'Bearer ' + readFileSync(file, 'utf8').trim() } : {}
const get = async (path) => {
  const response = await fetch('http://127.0.0.1:8000' + path, { headers, signal: AbortSignal.timeout(5000) })
  return response.status === 401 ? undefined : response.json()
}
const paths = ['/health', '/v1/repositories', '/v1/jobs', '/v1/sources']
const [health, repositories, jobs, sources] = await Promise.all(paths.map(get))
process.stdout.write(JSON.stringify({ health, ...repositories, ...jobs, sources: sources?.sources }))
`

const ASK = ['/usr/local/bin/node', '--input-type=module', '--eval', SCRIPT] as const

/** Asks the server in a pod, or says why it cannot be asked. */
export async function askServerIn(
  pod: string,
  run: (pod: string, command: readonly string[]) => Promise<Ended>,
): Promise<ServerReport | { readonly fault: string }> {
  const { exitCode, output, errors } = await run(pod, ASK)
  if (exitCode === 0) return JSON.parse(output) as ServerReport
  const why = errors.trim().split('\n').at(-1) || `exit code ${exitCode}`
  return { fault: `the server in ${pod} does not answer: ${why}` }
}
