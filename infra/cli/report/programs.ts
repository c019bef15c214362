import { type Finding, findings } from '../../finding.ts'
import type { Machine } from './machine.ts'

const { ok, warning, failing } = findings('machine')

/** Checks Node and the installed packages. */
export function checkNode({ nodeVersion, wantedPackages, installedPackage }: Machine): Finding[] {
  const wanted = wantedPackages()
  const off = Object.entries(wanted).filter(([name, version]) => installedPackage(name) !== version)
  const described = off.map(
    ([name, version]) => `${name} ${installedPackage(name) ?? 'is missing'} instead of ${version}`,
  )
  return [
    Number.parseInt(nodeVersion, 10) < Number.parseInt(wanted.node ?? '0', 10)
      ? warning('node', `${nodeVersion} is older than the project's own (${wanted.node})`, 'Start it with npm run')
      : ok('node', nodeVersion),
    described.length === 0
      ? ok('packages', `${Object.keys(wanted).length} with the versions of package.json`)
      : failing('packages', described.join(', '), 'npm ci'),
  ]
}

const PROVIDERS = {
  docker: ['docker', 'postgresql', 'random'],
  kubernetes: ['kubernetes', 'random'],
} as const

/** Checks the Pulumi CLI and the plugins that a target needs. @throws if the CLI is missing */
export async function checkPulumi(machine: Machine, target: keyof typeof PROVIDERS): Promise<Finding[]> {
  const { output } = await machine.run('pulumi', 'version')
  const remedy = 'Install the whole archive of the CLI, not only `pulumi`'
  return [
    versionFinding(output.trim().replace(/^v/, ''), machine.installedPackage('@pulumi/pulumi') ?? '0'),
    ...(machine.isOnPath(LANGUAGE) ? [] : [failing('pulumi', `${LANGUAGE} is not on the PATH`, remedy)]),
    ...(await pluginFindings(machine, PROVIDERS[target])),
  ]
}

const LANGUAGE = 'pulumi-language-nodejs'

function versionFinding(cli: string, sdk: string): Finding {
  if (isOlder(cli, sdk)) {
    return warning('pulumi', `the CLI ${cli} is older than the SDK ${sdk}`, `Install the CLI ${sdk} or a newer one`)
  }
  return ok('pulumi', `${cli}, with the SDK ${sdk}`)
}

function isOlder(version: string, than: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [version, than].map((each) =>
    each.split('.').map(Number),
  ) as [number[], number[]]
  return major < otherMajor || (major === otherMajor && minor < otherMinor)
}

interface Plugin {
  readonly name: string
  readonly kind: string
  readonly version?: string
}

async function pluginFindings(machine: Machine, providers: readonly string[]): Promise<Finding[]> {
  const { exitCode, output, errors } = await machine.run('pulumi', 'plugin', 'ls', '--json')
  if (exitCode !== 0) return [failing('plugins', errors.trim(), 'Correct what the message names')]
  const installed = (JSON.parse(output) as Plugin[]).filter(({ kind }) => kind === 'resource')
  const found = providers.map((name) => {
    const version = machine.installedPackage(`@pulumi/${name}`) ?? ''
    if (machine.isOnPath(`pulumi-resource-${name}`)) return { name, version, where: `${name} on the PATH` }
    const isThere = installed.some((plugin) => plugin.name === name && plugin.version === version)
    return { name, version, where: isThere ? `${name} ${version}` : undefined }
  })
  const missing = found.filter(({ where }) => where === undefined)
  const there = found.flatMap(({ where }) => where ?? [])
  return [
    ...(there.length === 0 ? [] : [ok('plugins', there.join(', '))]),
    ...missing.map(({ name, version }) =>
      warning(
        'plugins',
        `${name} ${version} is not installed: the first \`up\` downloads it`,
        `Without internet access, put pulumi-resource-${name} on the PATH, or run: npm run pulumi -- plugin install resource ${name} ${version} --file FILE`,
      ),
    ),
  ]
}
