import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isOnPath, outputOf } from '../../infra/processes.ts'
import { refusals } from './admitted.ts'
import { EXPLAINED, type Explained, VARIANTS, type Variant, VERSIONS } from './cases.ts'
import { type Cluster, makeCluster } from './cluster.ts'
import { builtInOf, type Manifest, manifestsIn } from './pods.ts'

interface Check {
  readonly name: string
  readonly program: string
  readonly words: readonly string[]
}

const INSTALLED_BY = {
  'kubernetes-validate': 'pip install kubernetes-validate',
  'kube-score': 'go install github.com/zegl/kube-score/cmd/kube-score@latest',
  checkov: 'pip install checkov',
  go: 'https://go.dev/dl/',
}

// This option skips only CPU limits. To ignore the whole test would skip memory limits too.
const SCORING = ['score', '--output-format', 'ci', '--ignore-container-cpu-limit', '--kubernetes-version', 'v1.34']
const SCANNING = ['--framework', 'kubernetes', '--compact', '--quiet', '--skip-download']

const checksFor = ({ explained = {} }: Variant): Check[] => {
  const ignored = (program: keyof Explained) => Object.keys({ ...EXPLAINED[program], ...explained[program] })
  const scored = ignored('kube-score').flatMap((test) => ['--ignore-test', test])
  return [
    ...VERSIONS.map((version) => ({
      name: `valid for ${version}`,
      program: 'kubernetes-validate',
      words: ['--strict', '--quiet', '-k', version],
    })),
    { name: 'kube-score', program: 'kube-score', words: [...SCORING, ...scored] },
    {
      name: 'checkov',
      program: 'checkov',
      words: [...SCANNING, '--skip-check', ignored('checkov').join(','), '--file'],
    },
  ]
}

process.exitCode = await main()

/** Runs every check on every manifest of all variants, or of the named ones. Returns 1 if a check fails. */
async function main(): Promise<number> {
  const missing = Object.entries(INSTALLED_BY).filter(([program]) => !isOnPath(program, process.env))
  if (missing.length > 0) {
    const remedies = missing.map(([program, remedy]) => `- ${program}: ${remedy}`)
    process.stderr.write(`These are not on the PATH:\n${remedies.join('\n')}\n`)
    return 1
  }
  const folder = mkdtempSync(join(tmpdir(), 'codebase-mcp-manifests-'))
  try {
    const cluster = await makeCluster()
    const failed: string[] = []
    for (const [name, variant] of chosen(process.argv.slice(2))) {
      failed.push(...(await checked(join(folder, name.replaceAll(' ', '-')), name, variant, cluster)))
    }
    process.stdout.write(failed.length === 0 ? 'All checks passed.\n' : `${failed.length} failed.\n`)
    return failed.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function chosen(names: readonly string[]): [string, Variant][] {
  return Object.entries(VARIANTS).filter(([name]) => names.length === 0 || names.includes(name))
}

async function checked(file: string, name: string, variant: Variant, cluster: Cluster): Promise<string[]> {
  const text = await planned(name, variant)
  const manifests = manifestsIn(text)
  writeFileSync(`${file}.yaml`, text)
  writeFileSync(`${file}-built-in.yaml`, builtInOf(text))
  return [
    ...(await byCluster(`${file}.yaml`, manifests, name, variant, cluster)),
    ...(await byPrograms(`${file}-built-in.yaml`, name, variant)),
  ]
}

async function planned(name: string, { settings }: Variant): Promise<string> {
  const words = ['infra/cli.ts', 'plan', '--stack', 'prod', '--manifests', ...settings.flatMap((each) => ['-c', each])]
  const { output, errors } = await outputOf(process.execPath, words)
  if (output === '') throw new Error(`The plan of ${name} failed:\n${errors}`)
  return output
}

async function byCluster(
  file: string,
  manifests: readonly Manifest[],
  name: string,
  variant: Variant,
  cluster: Cluster,
): Promise<string[]> {
  const { refused, invalid, wrong, asked, meant } = await refusals(file, manifests, variant, cluster)
  return [
    ...told(name, 'admitted under restricted', refused),
    ...told(name, 'valid for operators', invalid),
    ...told(name, `${meant} of ${asked} connections are let through`, wrong),
  ]
}

async function byPrograms(file: string, name: string, variant: Variant): Promise<string[]> {
  const failed: string[] = []
  for (const { name: check, program, words } of checksFor(variant)) {
    const { exitCode, output, errors } = await outputOf(program, [...words, file])
    const lines = `${output}${errors}`.split('\n').filter((line) => !/^(\[(OK|SKIPPED)\]|\s*$)/.test(line))
    const found = lines.map((line) => line.replaceAll(file, name))
    failed.push(...told(name, check, exitCode === 0 ? [] : [...found, `ended with ${exitCode}`]))
  }
  return failed
}

/** Prints the findings. Returns the name of the check if there are any. */
function told(variant: string, check: string, found: readonly string[]): string[] {
  process.stdout.write(`${variant}: ${check}${found.length === 0 ? '' : ' FAILED'}\n`)
  for (const line of found) process.stdout.write(`    ${line}\n`)
  return found.length === 0 ? [] : [check]
}
