import { Refused } from '../../faults.ts'
import { type Finding, findings, refuseFailing } from '../../finding.ts'
import type { Machine } from '../../machine.ts'
import { providersOf } from '../../plan/kinds.ts'
import type { Plan } from '../../plan/plan.ts'
import type { Tools } from '../target.ts'

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

/** Checks the Pulumi CLI, which must be there. */
export async function checkPulumi(machine: Machine): Promise<Finding[]> {
  const { output } = await machine.run('pulumi', 'version')
  const remedy = 'Install the whole archive of the CLI, not only `pulumi`'
  return [
    versionFinding(output.trim().replace(/^v/, ''), machine.installedPackage('@pulumi/pulumi') ?? '0'),
    ...(machine.isOnPath(LANGUAGE) ? [] : [failing('pulumi', `${LANGUAGE} is not on the PATH`, remedy)]),
  ]
}

const LANGUAGE = 'pulumi-language-nodejs'

function versionFinding(cli: string, sdk: string): Finding {
  if (isOlder(cli, sdk)) {
    return warning('pulumi', `the CLI ${cli} is older than the SDK ${sdk}`, `Install the CLI ${sdk} or a newer one`)
  }
  return ok('pulumi', `${cli}, with the SDK ${sdk}`)
}

/** Compares without the patch. */
const isOlder = (version: string, than: string) => minorOf(version).localeCompare(minorOf(than), 'en', NUMERIC) < 0
const minorOf = (version: string) => version.split('.', 2).join('.')
const NUMERIC = { numeric: true }

/** Finds the plugins that a stack needs, and how to install each. @throws Refused if the CLI fails */
async function findPlugins(machine: Machine, { resources }: Plan) {
  const { exitCode, output, errors } = await machine.run('pulumi', 'plugin', 'ls', '--json')
  if (exitCode !== 0) throw new Refused(errors.trim())
  const installed = JSON.parse(output) as readonly { name: string; kind: string; version?: string }[]
  return providersOf(resources).map((name) => {
    const version = machine.installedPackage(`@pulumi/${name}`) ?? ''
    const isOnPath = machine.isOnPath(`pulumi-resource-${name}`)
    const is = (each: (typeof installed)[number]) =>
      each.kind === 'resource' && each.name === name && each.version === version
    const install = ['plugin', 'install', 'resource', name, version]
    const remedy = `Without internet access, put pulumi-resource-${name} on the PATH, or run: npm run pulumi -- ${install.join(' ')} --file FILE`
    const title = `${name} ${isOnPath ? 'on the PATH' : version}`
    return { title, isThere: isOnPath || installed.some(is), install, remedy }
  })
}

/** Checks the plugins that a stack needs. */
export async function checkPlugins(machine: Machine, plan: Plan): Promise<Finding[]> {
  const plugins = await findPlugins(machine, plan)
  const there = plugins.filter(({ isThere }) => isThere).map(({ title }) => title)
  const missing = plugins.filter(({ isThere }) => !isThere)
  return [
    ...(there.length === 0 ? [] : [ok('plugins', there.join(', '))]),
    ...missing.map(({ title, remedy }) => warning('plugins', `${title} is not installed: \`up\` downloads it`, remedy)),
  ]
}

/** Downloads the missing plugins that a stack needs, so that an update does not stop halfway. @throws Refused */
export async function installPlugins({ machine, plan, pulumi }: Pick<Tools, 'machine' | 'plan' | 'pulumi'>) {
  const failed: Finding[] = []
  for (const { title, isThere, install, remedy } of await findPlugins(machine, await plan())) {
    if (isThere || (await pulumi.byHand(install)) === 0) continue
    failed.push(failing('plugins', `The plugin ${title} is not installed and cannot be downloaded`, remedy))
  }
  refuseFailing(failed)
}
