import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docker, makeStack, missing, ROOT, removeLeft, run } from './stack.ts'

const NAME = 'codebase-by-hand'
const PORTS = { server: 18780, postgres: 16180 }

/** Words that every operation gets. */
const ALONE = ['--yes', '--skip-preview', '--suppress-outputs']

// Each test goes on where the one before it ended; none of them calls a command of this project.
describe.skipIf(missing() !== undefined)('a stack that is made by `pulumi up` alone', () => {
  const settings = { ollama: { enabled: false }, protectData: false }
  const stack = makeStack(NAME, PORTS, settings)
  const file = stack.select.slice(-2)
  const up = (...words: string[]) => stack.pulumi('up', ...ALONE, ...file, ...words)
  const isUnchanged = async () => (await stack.pulumi('preview', '--expect-no-changes', ...file)).exitCode === 0
  const limitOf = (part: string) => docker('inspect', '--format', '{{.HostConfig.PidsLimit}}', `${NAME}-${part}`)
  beforeAll(async () => {
    await removeLeft(NAME)
    await stack.pulumi('stack', 'init')
  })
  afterAll(async () => {
    await stack.pulumi('destroy', ...ALONE, ...file)
    await removeLeft(NAME)
    stack.forget()
  })

  test('is finished by the next where the first was killed', async () => {
    const words = ['up', ...ALONE, ...stack.select, '--non-interactive']
    const child = spawn('pulumi', words, {
      cwd: ROOT,
      env: { ...process.env, ...stack.environment },
      detached: true,
      stdio: 'ignore',
    })
    const postgres = async () => (await run('docker', ['inspect', `${NAME}-postgres`])).exitCode
    await expect.poll(postgres, { timeout: 300_000, interval: 50 }).toBe(0)
    process.kill(-(child.pid ?? 0), 'SIGKILL')
    await stack.pulumi('cancel', '--yes')
    const { exitCode, output } = await up()
    expect(exitCode, output).toBe(0)
  })

  test('has limits of processes, and then nothing to change', async () => {
    expect([await limitOf('postgres'), await limitOf('server')]).toEqual(['1024', '1024'])
    expect(Object.values(await stack.running())).toEqual(['healthy', 'healthy'])
    await stack.pulumi('refresh', '--yes', '--skip-preview', ...file)
    expect(await isUnchanged()).toBe(true)
  })

  test('makes a container anew that somebody has removed, also where nothing else may change', async () => {
    await docker('rm', '--force', `${NAME}-server`)
    const { output } = await stack.pulumi('stack', 'export')
    const urns = (JSON.parse(output) as { deployment: { resources: { urn: string }[] } }).deployment.resources
    const server = urns.find(({ urn }) => urn.endsWith('::server-container'))?.urn ?? ''
    const made = await up('--target', server)
    expect(made.exitCode, made.output).toBe(0)
    expect(await stack.running()).toHaveProperty(`${NAME}-server`, 'healthy')
    expect(await isUnchanged()).toBe(true)
  })

  test('is told the last lines of a container that does not start', async () => {
    // Its command ends at once.
    stack.settle({ ...settings, image: { reference: 'node:24-trixie-slim' } })
    const { exitCode, output } = await up()
    expect(exitCode).not.toBe(0)
    expect(output).toMatch(/codebase-by-hand-server is .*\. Its last lines:/)
    stack.restoreSettings()
    expect((await up()).exitCode).toBe(0)
  })

  test('does not touch the database of another state with its name', async () => {
    const other = makeStack(NAME, PORTS, settings)
    await other.pulumi('stack', 'init')
    const { exitCode, output } = await other.pulumi('up', ...ALONE, ...other.select.slice(-2))
    other.forget()
    expect(exitCode).not.toBe(0)
    expect(output).toContain(`The volume ${NAME}-postgres holds the database of another stack with the name ${NAME}`)
    expect(Object.values(await stack.running())).toEqual(['healthy', 'healthy'])
  })
})
