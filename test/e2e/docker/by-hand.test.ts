import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type S3Server, startS3 } from '../../fakes/s3-server.ts'
import { docker, makeStack, missing, ROOT, removeLeft, run } from './stack.ts'

const NAME = 'codebase-by-hand'
const BESIDE = 'codebase-beside'
const BUCKET = 'states'
const PORTS = { server: 18780, postgres: 16180 }

/** Options of every operation. */
const ALONE = ['--yes', '--skip-preview', '--suppress-outputs']

// Each test continues where the one before it ended. None of them runs a command of this project.
describe.skipIf(missing() !== undefined)('a stack that only `pulumi up` manages', () => {
  const settings = { ollama: { enabled: false }, protectData: false }
  const stack = makeStack(NAME, PORTS, settings)
  const file = stack.select.slice(-2)
  const up = (...words: string[]) => stack.pulumi('up', ...ALONE, ...file, ...words)
  const isUnchanged = async () => (await stack.pulumi('preview', '--expect-no-changes', ...file)).exitCode === 0
  const limitOf = (part: string) => docker('inspect', '--format', '{{.HostConfig.PidsLimit}}', `${NAME}-${part}`)
  const urnOf = async (name: string) => {
    const { output } = await stack.pulumi('stack', 'export')
    const { resources } = (JSON.parse(output) as { deployment: { resources: readonly { urn: string }[] } }).deployment
    return resources.find(({ urn }) => urn.endsWith(`::${name}`))?.urn ?? ''
  }
  beforeAll(async () => {
    await removeLeft(NAME)
    await stack.pulumi('stack', 'init')
  })
  afterAll(async () => {
    await stack.pulumi('destroy', ...ALONE, ...file)
    await removeLeft(NAME)
    stack.forget()
  })

  test('is completed by the next run after the first was killed', async () => {
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

  test('limits the processes of containers, and then has no changes', async () => {
    expect([await limitOf('postgres'), await limitOf('server')]).toEqual(['1024', '1024'])
    expect(Object.values(await stack.running())).toEqual(['healthy', 'healthy'])
    await stack.pulumi('refresh', '--yes', '--skip-preview', ...file)
    const { exitCode, output } = await stack.pulumi('preview', '--expect-no-changes', ...file)
    expect(exitCode, output).toBe(0)
    const warned = output.split('\n').filter((line) => line.includes('warning:'))
    // On some machines the CLI takes a plugin from the PATH, and warns about it.
    expect(warned.filter((line) => !/using pulumi-resource-\w+ from \$PATH/.test(line))).toEqual([])
  })

  test('recreates a container that somebody removed, even if the run may change nothing else', async () => {
    await docker('rm', '--force', `${NAME}-server`)
    const made = await up('--target', await urnOf('server-container'))
    expect(made.exitCode, made.output).toBe(0)
    expect(await stack.running()).toHaveProperty(`${NAME}-server`, 'healthy')
    expect(await isUnchanged()).toBe(true)
  })

  test('reports the last lines of a container that does not start', async () => {
    // The command of this image exits immediately.
    stack.settle({ ...settings, image: { reference: 'node:24-trixie-slim' } })
    const { exitCode, output } = await up()
    expect(exitCode).not.toBe(0)
    expect(output).toMatch(/codebase-by-hand-server is .*\. Its last lines:/)
    stack.restoreSettings()
    expect((await up()).exitCode).toBe(0)
  })

  test('keeps a container that somebody imported after its record was lost', async () => {
    const [server, part] = [await urnOf('server-container'), await urnOf('server')]
    const id = await docker('inspect', '--format', '{{.Id}}', `${NAME}-server`)
    expect(await stack.pulumi('state', 'delete', server, '--yes')).toMatchObject({ exitCode: 0 })
    const words = ['import', 'docker:index/container:Container', 'server-container', id, '--parent', `server=${part}`]
    const imported = await stack.pulumi(...words, ...ALONE, '--protect=false', '--generate-code=false', ...file)
    expect(imported.exitCode, imported.output).toBe(0)
    const { exitCode, output } = await up()
    expect(exitCode, output).toBe(0)
    expect(output).not.toContain('an earlier run left behind')
    expect(await stack.running()).toHaveProperty(`${NAME}-server`, 'healthy')
    expect(await isUnchanged()).toBe(true)
  })

  test('coexists with a stack whose state is in a bucket', async () => {
    const bucket = await startS3(BUCKET)
    const other = makeStack(BESIDE, { server: 18781, postgres: 16181 }, settings, backendIn(bucket))
    const its = (verb: string, ...words: string[]) => other.pulumi(verb, ...words, ...other.select.slice(-2))
    const ids = () => docker('ps', '--quiet', '--filter', `name=^${NAME}-`)
    const before = await ids()
    try {
      await removeLeft(BESIDE)
      await other.pulumi('stack', 'init')
      expect(await its('up', ...ALONE)).toMatchObject({ exitCode: 0 })
      await docker('rm', '--force', `${BESIDE}-server`)
      const healed = await its('up', ...ALONE)
      expect(healed.exitCode, healed.output).toBe(0)
      expect(Object.values(await other.running())).toEqual(['healthy', 'healthy'])
      expect(await its('refresh', '--yes', '--skip-preview')).toMatchObject({ exitCode: 0 })
      expect(await its('preview', '--expect-no-changes')).toMatchObject({ exitCode: 0 })
      expect([...bucket.objects.keys()]).toContain(`.pulumi/stacks/codebase-mcp/${BESIDE}.json`)
      const { exitCode, output } = await its('destroy', ...ALONE)
      expect(exitCode, output).toBe(0)
      expect(await docker('ps', '--all', '--quiet', '--filter', `name=^${BESIDE}-`)).toBe('')
      expect(await docker('volume', 'ls', '--quiet', '--filter', `name=^${BESIDE}-`)).toBe('')
    } finally {
      await removeLeft(BESIDE)
      other.forget()
      await bucket.close()
    }
    expect(await ids()).toBe(before)
    expect(await isUnchanged()).toBe(true)
  })

  test('does not touch the database of another state with the same name', async () => {
    const other = makeStack(NAME, PORTS, settings)
    await other.pulumi('stack', 'init')
    const { exitCode, output } = await other.pulumi('up', ...ALONE, ...other.select.slice(-2))
    other.forget()
    expect(exitCode).not.toBe(0)
    expect(output).toContain(`The volume ${NAME}-postgres holds the database of another stack with the name ${NAME}`)
    expect(Object.values(await stack.running())).toEqual(['healthy', 'healthy'])
  })
})

/** Variables that select a bucket as the backend. */
const backendIn = ({ endpoint }: S3Server) => ({
  PULUMI_BACKEND_URL: `s3://${BUCKET}?endpoint=${endpoint}&s3ForcePathStyle=true&region=eu-1`,
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'secret',
})
