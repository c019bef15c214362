import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { withoutSalt } from '../../../infra/cli/pulumi/backend.ts'
import { buildImage, copyContext } from '../docker/image-build.ts'
import { type Ended, MODEL_SETTINGS, ROOT, run } from '../docker/stack.ts'

/** The registry to push images to, from which the cluster pulls them. */
const REGISTRY = process.env.TEST_REGISTRY

const PROGRAMS = ['pulumi', 'pulumi-language-nodejs', 'pulumi-resource-kubernetes', 'docker', 'kubectl']

/** Returns what this machine lacks to run a stack on a cluster. Undefined if nothing is missing. */
export function missing(): string | undefined {
  const absent = PROGRAMS.find((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  if (absent !== undefined) return `${absent} is not on the PATH`
  if (REGISTRY === undefined) return 'TEST_REGISTRY names no registry that the cluster pulls from'
  const { status } = spawnSync('kubectl', ['get', '--raw', '/readyz', '--request-timeout=10s'])
  return status === 0 ? undefined : 'the cluster of the current context does not answer'
}

/** Builds the image from the working tree, after `change`, and pushes it. Returns its reference in the cluster. */
export async function publishImage(tag: string, change?: (context: string) => void): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-image-'))
  const reference = `${REGISTRY}/codebase-mcp:${tag}`
  try {
    await copyContext(folder)
    change?.(folder)
    await buildImage({ context: folder, tag: reference })
    const pushed = await ended(run('docker', ['push', '--quiet', reference]))
    const digest = /sha256:[0-9a-f]{64}/.exec(
      (await ended(run('docker', ['inspect', '--format', '{{index .RepoDigests 0}}', reference]))).output,
    )
    if (digest === null) throw new Error(`There is no digest of ${reference}: ${pushed.output}`)
    return `${REGISTRY}/codebase-mcp@${digest[0]}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function ended(running: Promise<Ended>): Promise<Ended> {
  const result = await running
  if (result.exitCode !== 0) throw new Error(result.output)
  return result
}

/** Runs kubectl in the namespace and returns its output. */
export async function kubectl(namespace: string, ...args: string[]): Promise<string> {
  return (await ended(run('kubectl', ['--namespace', namespace, ...args]))).output.trim()
}

/** Runs kubectl with the object in a temporary file. */
export async function withObject(namespace: string, object: object, ...args: string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-object-'))
  const file = join(folder, 'object.json')
  try {
    writeFileSync(file, JSON.stringify(object))
    await kubectl(namespace, ...args, '--filename', file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

// Resources for a cluster that shares a machine with the tests.
const SMALL = {
  server: { replicas: 2, cpus: 0.1, memory: 512 },
  worker: { replicas: 1, cpus: 0.1, memory: 768, clones: '1Gi' },
  postgres: { cpus: 0.1, memory: 512, storage: '1Gi', walStorage: '1Gi' },
  ollama: { ...MODEL_SETTINGS, cpus: 0.1, memory: 1024, storage: '1Gi' },
  backup: { storage: '1Gi' },
}

type Values = Readonly<Record<string, unknown>>
type Settings = Values & { readonly kubernetes?: Values & { readonly namespace?: string } }

/**
 * Creates a stack with its own backend, in its own namespace unless `cluster` names another.
 * @param cluster the settings of `kubernetes`, except the context
 */
export function makeStack(name: string, image: string, { kubernetes: cluster = {}, ...more }: Settings = {}) {
  const { namespace = name } = cluster
  const folder = mkdtempSync(join(tmpdir(), 'codebase-stack-'))
  const { stdout } = spawnSync('kubectl', ['config', 'current-context'], { encoding: 'utf8' })
  const settings = {
    target: 'kubernetes',
    environment: 'staging',
    name,
    kubernetes: { context: stdout.trim(), ...cluster },
    image: { reference: image },
    ...SMALL,
    ...more,
  }
  const file = join(folder, 'stack.yaml')
  const write = (values: Values) => {
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    const lines = given.map(([key, value]) => `  codebase-mcp:${key}: ${JSON.stringify(value)}\n`)
    writeFileSync(file, `config:\n${lines.join('')}`)
  }
  write(settings)
  writeFileSync(join(folder, 'passphrase'), 'for this test alone')
  const environment = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, 'passphrase'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  }
  const select = ['--stack', name, '--config-file', file]
  const words = (command: string, ...args: string[]) => ['run', '--silent', command, '--', ...select, ...args]
  const npm = (command: string, ...args: string[]) => run('npm', words(command, ...args), environment)
  return {
    npm,
    /** For tests that start the process themselves: the words of `npm`, and its folder and environment. */
    words,
    place: { cwd: ROOT, env: { ...process.env, ...environment }, detached: true },
    up: () => npm('up', '--yes'),
    kubectl: (...args: string[]) => kubectl(namespace, ...args),
    /** Applies an object that a test needs. */
    apply: (object: object) => withObject(namespace, object, 'apply'),
    /** Posts an object to a path of the API. */
    create: (path: string, object: object) => withObject(namespace, object, 'create', '--raw', path),
    pulumi: (...args: string[]) =>
      withoutSalt(join(ROOT, `Pulumi.${name}.yaml`), () =>
        run('pulumi', [...args, '--stack', name, '--non-interactive'], environment),
      ),
    /** Overrides the initial settings. */
    settle: (values: Values) => write({ ...settings, ...values }),
    async output(key: string): Promise<string> {
      return (await ended(this.pulumi('stack', 'output', key, '--show-secrets'))).output.trim()
    },
    /** Removes the stack, protected resources and leftovers included. */
    async remove(): Promise<void> {
      await this.pulumi('state', 'unprotect', '--all', '--yes')
      const { exitCode, output } = await this.pulumi('destroy', '--yes', '--skip-preview')
      await run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s'])
      rmSync(folder, { recursive: true })
      if (exitCode !== 0) throw new Error(output)
    },
  }
}

export type Stack = ReturnType<typeof makeStack>

/** Removes the leftovers of a killed run. */
export async function clear(name: string): Promise<void> {
  await run('kubectl', ['delete', 'namespace', name, '--ignore-not-found', '--timeout=180s'])
}

/** Creates a namespace outside the stack, with Pod Security `restricted`. */
export async function makeNamespace(name: string): Promise<void> {
  await ended(run('kubectl', ['create', 'namespace', name]))
  await ended(run('kubectl', ['label', 'namespace', name, 'pod-security.kubernetes.io/enforce=restricted']))
}

/**
 * Runs a Job of a CronJob and waits until it completes.
 * @throws Error with the logs of all its containers if it fails
 */
export async function runJob(stack: Stack, of: string): Promise<void> {
  const name = `${of}-now`
  await stack.kubectl('create', 'job', name, `--from=cronjob/${of}`)
  try {
    await stack.kubectl('wait', '--for=condition=complete', `job/${name}`, '--timeout=300s')
  } catch (error) {
    throw new Error(await stack.kubectl('logs', `job/${name}`, '--all-containers'), { cause: error })
  }
}

/**
 * Polls until the value satisfies the condition.
 * @throws Error with the last value after `seconds`
 */
export async function until<Value>(
  ask: () => Promise<Value>,
  isSo: (value: Value) => boolean,
  seconds = 120,
): Promise<Value> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const value = await ask()
    if (isSo(value)) return value
    if (Date.now() > end)
      throw new Error(`The condition was not met within ${seconds} s. Last value: ${JSON.stringify(value)}`)
    await delay(500)
  }
}
