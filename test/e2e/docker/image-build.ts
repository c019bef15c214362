import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir } from 'node:fs/promises'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { outputOf } from '../../../infra/processes.ts'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))
const TRACE = 'moby.buildkit.trace'
const TRACE_SHOWN = 3000

export interface ImageBuild {
  /** Folder with the Dockerfile and the files that the image is built from. */
  readonly context: string
  readonly tag: string
  readonly target?: string
  /** Ignores the build cache. */
  readonly fromNothing?: boolean
  readonly signal?: AbortSignal
}

interface Step {
  readonly id?: string
  readonly aux?: unknown
  readonly error?: string
}

/** Copies the build context, as .dockerignore defines it. */
export async function copyContext(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of ['Dockerfile', 'package.json', 'package-lock.json', 'service']) {
    await cp(join(PROJECT, name), join(folder, name), { recursive: true })
  }
}

/**
 * Builds an image with the engine's BuildKit through its API, like the Pulumi provider and without buildx. Returns its
 * id.
 */
export async function buildImage({ context, tag, target, signal, fromNothing = false }: ImageBuild): Promise<string> {
  const choices = { version: '2', t: tag, nocache: String(fromNothing), ...(target === undefined ? {} : { target }) }
  const path = `/build?${new URLSearchParams(choices).toString()}`
  const headers = { 'content-type': 'application/x-tar' }
  const sent = request({ ...(await engineAddress()), method: 'POST', path, headers, signal })
  const tar = spawn('tar', ['-c', '-C', context, '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  tar.stdout.pipe(sent)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const steps = stepsOf(await text(response))
  const error = steps.findLast((step) => step.error !== undefined)?.error
  if (error !== undefined) throw new Error(`${tag} was not built: ${error}\n${traceOf(steps)}`)
  const built = steps.find(({ id }) => id === 'moby.image.id')?.aux as { readonly ID: string } | undefined
  if (built === undefined) throw new Error(`${tag} was not built: the engine answered ${response.statusCode}`)
  return built.ID
}

/** Returns the address of the engine's API that `docker` uses. */
export async function engineAddress(): Promise<RequestOptions> {
  const current = ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']
  const url = process.env.DOCKER_HOST ?? (await outputOf('docker', current)).output.trim()
  const { protocol, pathname, hostname, port } = new URL(url)
  if (protocol === 'unix:') return { socketPath: pathname }
  if (protocol === 'tcp:') return { host: hostname, port }
  throw new Error(`The engine is at ${url}, which is not supported; point DOCKER_HOST at unix:// or tcp://`)
}

function stepsOf(answer: string): Step[] {
  return answer
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const step = JSON.parse(line) as Step & { readonly message?: string }
      return step.message === undefined ? step : { error: step.message }
    })
}

/** Extracts the last log lines from the protocol buffers of the steps. */
function traceOf(steps: readonly Step[]): string {
  const traces = steps.filter(({ id }) => id === TRACE).map(({ aux }) => Buffer.from(String(aux), 'base64'))
  const readable = Buffer.concat(traces)
    .toString('latin1')
    .replace(/[^\x20-\x7e\n]+/g, ' ')
  return readable.slice(-TRACE_SHOWN)
}
