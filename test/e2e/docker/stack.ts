import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { withoutSalt } from '../../../infra/cli/pulumi/backend.ts'
import { npmRun } from '../../../infra/printed-commands.ts'
import { linesOf } from '../../../infra/processes.ts'
import { removeFromEngine } from '../../stack/removal.ts'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

// If the public registry cannot be reached, the name of the model includes another registry. http:// means no TLS.
const MODEL = process.env.TEST_EMBEDDING_MODEL ?? 'all-minilm'

export const MODEL_SETTINGS = { model: MODEL, insecure: MODEL.startsWith('http:') }

export interface Ended {
  readonly exitCode: number
  readonly output: string
}

/** Returns what this machine lacks to run a stack. Undefined if nothing is missing. */
export function missing(): string | undefined {
  const programs = ['pulumi', 'pulumi-language-nodejs', 'docker']
  const absent = programs.find((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
  if (absent !== undefined) return `${absent} is not on the PATH`
  const { status } = spawnSync('docker', ['info'])
  return status === 0 ? undefined : 'the Docker engine does not answer'
}

export async function run(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(command, args, { cwd: ROOT, env: { ...process.env, ...environment } })
  child.stdin.end()
  const exited = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)))
  const [output, errors, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { exitCode, output: output + errors }
}

export async function docker(...args: string[]): Promise<string> {
  const { exitCode, output } = await run('docker', args)
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} ended with ${exitCode}: ${output}`)
  return output.trim()
}

/** A small repository in three languages. */
export const REPOSITORY = {
  'src/rate-limit.ts': `/** Refuses a caller that asks more often than its quota allows. */
export class TokenBucket {
  take(now: number): boolean {
    this.tokens = Math.min(this.size, this.tokens + (now - this.last) * this.perSecond)
    this.last = now
    return this.tokens-- >= 1
  }
}
`,
  'src/mail.py': `def send_invoice(customer, invoice):
    """Writes the invoice as a PDF and mails it to the customer."""
    document = render(invoice)
    smtp.send(to=customer.address, attachments=[document])
`,
  'src/parse.go': `package parse

// Number reads a decimal number with an optional sign.
func Number(text string) (int, error) { return strconv.Atoi(strings.TrimSpace(text)) }
`,
}

const definedOf = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

/** Removes everything with this name from the engine, such as leftovers of a killed run. */
export async function removeLeft(name: string): Promise<void> {
  // Tests also create containers that do not carry the label of the stack.
  const beside = linesOf(await docker('ps', '--all', '--quiet', '--filter', `name=^/?${name}(-|$)`))
  if (beside.length > 0) await docker('rm', '--force', '--volumes', ...beside)
  await removeFromEngine(name, process.env)
}

/**
 * Returns a stack for the tests of one file, each of which continues where the one before it ended. The engine holds
 * nothing of it before and after. Until an `up` succeeds, all tests but the first are skipped, because each would only
 * time out.
 */
export function ownStack(...[name, ports, more]: Parameters<typeof makeStack>): Stack {
  const stack = makeStack(name, ports, more)
  const ups = { tried: 0, succeeded: 0 }
  beforeAll(() => removeLeft(name))
  beforeEach((test) => test.skip(ups.tried > 0 && ups.succeeded === 0, 'the stack did not come up'))
  afterAll(async () => {
    try {
      await stack.npm('down', '--data', '--yes')
      await removeLeft(name)
    } finally {
      stack.forget()
    }
  })
  return {
    ...stack,
    async npm(command, ...args) {
      const ended = await stack.npm(command, ...args)
      if (command === 'up') ups.tried++
      if (command === 'up' && ended.exitCode === 0) ups.succeeded++
      return ended
    },
  }
}

type Stack = ReturnType<typeof makeStack>

/**
 * Creates a stack with its own backend, names, ports and a small repository.
 * @param backend variables that select its backend; by default the stack's folder
 */
export function makeStack(
  name: string,
  ports: { readonly server: number; readonly postgres: number },
  more: Readonly<Record<string, unknown>> = {},
  backend: NodeJS.ProcessEnv = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'codebase-stack-'))
  const repository = join(folder, 'shop')
  mkdirSync(join(repository, 'src'), { recursive: true })
  for (const [path, content] of Object.entries(REPOSITORY)) writeFileSync(join(repository, path), content)
  const settings = {
    name,
    repositories: [repository],
    server: { port: ports.server },
    postgres: { port: ports.postgres },
    ollama: MODEL_SETTINGS,
    ...more,
  }
  const file = join(folder, 'stack.yaml')
  const write = (values: object) => {
    const lines = Object.entries(values).map(([key, value]) => `  codebase-mcp:${key}: ${JSON.stringify(value)}\n`)
    writeFileSync(file, `config:\n${lines.join('')}`)
  }
  const restoreSettings = () => write(settings)
  restoreSettings()
  writeFileSync(join(folder, 'passphrase'), 'for this test alone')
  const environment = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, 'passphrase'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    ...backend,
  }
  const select = ['--stack', name]
  return {
    environment,
    /** Options of `npm run` that select this stack. */
    select: [...select, '--config-file', file],
    /** Returns a command as messages print it for users of this stack. */
    hint: (command: string, ...words: string[]) => npmRun({ stack: name, configFile: file }, command, ...words),
    url: `http://127.0.0.1:${ports.server}`,
    repository,
    /** Folder for files that disappear with the stack. */
    folder,
    npm: (command: 'up' | 'preview' | 'down', ...args: string[]) =>
      run('npm', ['run', '--silent', command, '--', ...select, '--config-file', file, ...args], environment),
    /** Runs the Pulumi CLI directly. */
    pulumi: (...args: string[]) =>
      withoutSalt(join(ROOT, `Pulumi.${name}.yaml`), () =>
        run('pulumi', [...args, ...select, '--non-interactive'], environment),
      ),
    restoreSettings,
    /** Overrides the initial settings. Undefined removes a setting. */
    settle: (values: Readonly<Record<string, unknown>>) => write(definedOf({ ...settings, ...values })),
    /** Returns the health of each running container. */
    async running(): Promise<Record<string, string>> {
      const rows = await docker('ps', '--filter', `name=^${name}-`, '--format', '{{.Names}} {{.Status}}')
      const health = (status: string) => /\((.*)\)/.exec(status)?.[1] ?? 'unknown'
      return Object.fromEntries(rows.split('\n').map((row) => [row.split(' ')[0] ?? '', health(row)]))
    },
    forget: () => rmSync(folder, { recursive: true }),
  }
}
