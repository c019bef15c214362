import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isOnPath, outputOf } from '../../infra/cli/child-process.ts'
import { EXPLAINED, VARIANTS, VERSIONS } from './cases.ts'

interface Check {
  readonly name: string
  readonly program: string
  readonly words: readonly string[]
}

const INSTALLED_BY = {
  'kubernetes-validate': 'pip install kubernetes-validate',
  'kube-score': 'go install github.com/zegl/kube-score/cmd/kube-score@latest',
  checkov: 'pip install checkov',
}

// Limits of CPU are left out by an option of their own, as the test of memory has to stay.
const SCORING = ['score', '--output-format', 'ci', '--ignore-container-cpu-limit', '--kubernetes-version', 'v1.34']
const SCANNING = ['--framework', 'kubernetes', '--compact', '--quiet', '--skip-download']

const CHECKS: readonly Check[] = [
  ...VERSIONS.map((version) => ({
    name: `valid for ${version}`,
    program: 'kubernetes-validate',
    words: ['--strict', '--quiet', '-k', version],
  })),
  {
    name: 'kube-score',
    program: 'kube-score',
    words: [...SCORING, ...Object.keys(EXPLAINED['kube-score']).flatMap((test) => ['--ignore-test', test])],
  },
  {
    name: 'checkov',
    program: 'checkov',
    words: [...SCANNING, '--skip-check', Object.keys(EXPLAINED.checkov).join(','), '--file'],
  },
]

process.exitCode = await main()

/** Every manifest of every variant through every check; 1 where one of them finds something. */
async function main(): Promise<number> {
  const missing = Object.entries(INSTALLED_BY).filter(([program]) => !isOnPath(program, process.env))
  if (missing.length > 0) {
    const remedies = missing.map(([program, remedy]) => `- ${program}: ${remedy}`)
    process.stderr.write(`These are not on the PATH:\n${remedies.join('\n')}\n`)
    return 1
  }
  const folder = mkdtempSync(join(tmpdir(), 'codebase-mcp-manifests-'))
  try {
    const failed: string[] = []
    for (const [variant, settings] of Object.entries(VARIANTS))
      failed.push(...(await checked(folder, variant, settings)))
    process.stdout.write(failed.length === 0 ? 'Nothing was found.\n' : `${failed.length} failed.\n`)
    return failed.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function checked(folder: string, variant: string, settings: readonly string[]): Promise<string[]> {
  const file = join(folder, `${variant.replaceAll(' ', '-')}.yaml`)
  const words = ['infra/cli.ts', 'plan', '--stack', 'prod', '--manifests', ...settings.flatMap((each) => ['-c', each])]
  const planned = await outputOf(process.execPath, words)
  if (planned.output === '') throw new Error(`There is no plan of ${variant}:\n${planned.errors}`)
  writeFileSync(file, planned.output)
  const failed: string[] = []
  for (const { name, program, words: own } of CHECKS) {
    const { exitCode, output, errors } = await outputOf(program, [...own, file])
    const lines = `${output}${errors}`.split('\n').filter((line) => !/^\[(OK|SKIPPED)\]/.test(line))
    const found = lines.join('\n').replaceAll(file, variant).trim()
    process.stdout.write(`${variant}: ${name}${exitCode === 0 ? '' : ' FAILED'}\n`)
    if (found !== '') process.stdout.write(`${found.replaceAll(/^/gm, '    ')}\n`)
    if (exitCode !== 0) failed.push(name)
  }
  return failed
}
