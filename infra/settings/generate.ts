import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { argumentTypes } from './arguments.ts'
import { PROJECT } from './config.ts'
import { DESCRIBED, type Described } from './described.ts'
import { partSettings, SHARED } from './groups/pods.ts'
import { PARTS } from './parts.ts'

interface Document {
  readonly path: string
  readonly text: string
}

const WIDTH = 120

/** Returns the generated documents: Pulumi.yaml's settings, docs/settings.md and the arguments of CodebaseMcp. */
export const documents = (): readonly Document[] => [
  { path: 'Pulumi.yaml', text: projectFile(read('Pulumi.yaml')) },
  { path: 'docs/settings.md', text: page() },
  {
    path: 'infra/args.ts',
    text: argumentTypes(
      (one) => plain(sentence(one)),
      (one) => plain(defaultOf(one)),
    ),
  },
]

const at = (path: string) => new URL(`../../${path}`, import.meta.url)

/** Reads a file of this project. Empty if it does not exist. */
export const read = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : '')

/** Returns the project file with its settings replaced. */
function projectFile(present: string): string {
  const head = present.slice(0, present.indexOf('\nconfig:') + 1)
  return `${head}config: # generated from infra/settings/schema.ts by npm run generate\n${DESCRIBED.map(entry).join('')}`
}

function entry(one: Described): string {
  const words = [one.about, ...onTarget(one), ...insideOf(one)]
  const value = one.inside === undefined ? JSON.stringify(one.default) : '{}'
  const shown = typeof one.default === 'string' && one.default !== '' ? one.default : value
  const lines = wrapped(plain(words.join(' ')), WIDTH - 6).map((line) => `      ${line}\n`)
  return `  ${PROJECT}:${one.key}:\n    default: ${shown}\n    description: >-\n${lines.join('')}`
}

const onTarget = ({ target }: Described) => (target === undefined ? [] : [`${NAMES[target]} only.`])

const NAMES = { docker: 'Docker', kubernetes: 'Kubernetes' } as const

/** Describes the settings inside a group. Those that default to another group's are listed together. */
function insideOf({ inside = [], target }: Described): string[] {
  const own = inside.filter((one) => one.otherwise !== SHARED).flatMap((one) => nested(one, target))
  const shared = inside.filter((one) => one.otherwise === SHARED).map(lastOf)
  return shared.length === 0 ? own : [...own, `For the part's own pods, as in kubernetes: ${shared.join(', ')}.`]
}

function nested(one: Described, outer: Described['target']): string[] {
  return [`${lastOf(one)}: ${said(one, outer)} Default ${defaultOf(one)}.`, ...insideOf(one)]
}

const lastOf = ({ key }: Described) => key.slice(key.lastIndexOf('.') + 1)

/** Returns the sentence of a setting, with its unit, and with its target if that differs from its group's. */
const said = (one: Described, outer: Described['target']) =>
  [sentence(one), ...(one.target === outer ? [] : onTarget(one))].join(' ')

const sentence = ({ about, unit }: Described) =>
  unit === undefined ? about : about.replace(/[.;](?= |$)/, (end) => `, in ${unit}${end}`)

const defaultOf = ({ default: value, otherwise = 'none' }: Described) =>
  value === undefined ? otherwise : typeof value === 'string' ? `\`${value || '""'}\`` : `\`${JSON.stringify(value)}\``

/** Removes Markdown. */
const plain = (text: string) =>
  text
    .replace(/ ?\(\[[^\]]*\]\([^)]*\)\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')

function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function page(): string {
  const single = DESCRIBED.filter(({ inside }) => inside === undefined)
  const groups = DESCRIBED.filter(({ inside }) => inside !== undefined)
  const parts = groups.filter(({ key }) => PARTS.some((part) => part === key))
  return `${[INTRODUCTION, table(single), ...groups.map(section), ...parts.slice(0, 1).map(podSettingsOf)].join('\n\n')}\n`
}

/** Whether all parts have this setting. */
const isPodSetting = (one: Described) => lastOf(one) in partSettings

const INTRODUCTION = `# Settings of a stack

Write settings in \`Pulumi.<stack>.yaml\`, or set them with \`npm run pulumi -- config set --path KEY VALUE\`, and
\`--stack NAME\` for another stack than \`dev\`. Set secrets with \`npm run pulumi -- config set --path --secret KEY\`; a
secret in plain text is refused. With a backend of your own, write \`pulumi\` for \`npm run pulumi --\` in these commands
and in those of the other pages. This page leaves out the namespace of the keys: \`server.port\` stands for
\`${PROJECT}:server.port\`. All settings are checked together before anything changes. The server's environment variables
are documented in \`.env.example\`. \`npm run generate\` writes this page from \`infra/settings/schema.ts\`.

A size is MiB, or a Kubernetes quantity such as \`2Gi\`, \`20G\` or \`500M\`; the size of a volume is always a quantity. A
number of CPUs is one such as \`0.5\` or \`500m\`.`

function section(group: Described): string {
  const inside = group.inside ?? []
  const own = inside.filter((one) => !isPodSetting(one))
  const pods =
    group.key !== 'kubernetes' && own.length < inside.length ? ['Takes the [pod settings](#pod-settings).'] : []
  const about = wrapped([group.about, ...pods, ...onTarget(group)].join(' '), WIDTH).join('\n')
  return [`## ${group.key}`, about, ...(own.length === 0 ? [] : ['', table(own, group.target)])].join('\n')
}

/** Returns the section with the settings that all parts have. */
function podSettingsOf(part: Described): string {
  const rows = (part.inside ?? []).filter(isPodSetting).map((one) => {
    const groups = one.otherwise === SHARED ? '`kubernetes` and parts' : 'parts'
    return `| \`${lastOf(one)}\` | ${groups} | ${sentence(one)} |`
  })
  return [POD_SETTINGS, '', '| key | in | what |', '|---|---|---|', ...rows].join('\n')
}

const POD_SETTINGS = `## Pod settings

Settings of pods, on Kubernetes only. In the group \`kubernetes\` they apply to all pods; in the group of a part
(${PARTS.map((part) => `\`${part}\``).join(', ')}) they apply to its pods: \`server.nodeSelector\`,
for example. A part's setting replaces that of \`kubernetes\`; labels, annotations and node selectors are merged by key.`

function table(settings: readonly Described[], outer?: Described['target']): string {
  return ['| key | default | what |', '|---|---|---|', ...settings.flatMap((one) => rows(one, outer))].join('\n')
}

const rows = (one: Described, outer: Described['target']): string[] => [
  `| \`${one.key}\` | ${defaultOf(one)} | ${said(one, outer)} |`,
  ...(one.inside ?? []).flatMap((inner) => rows(inner, one.target ?? outer)),
]

/** Writes the documents. With `--check`, writes nothing and returns 1 if a document is out of date. */
function main(): number {
  const stale = documents().filter(({ path, text }) => read(path) !== text)
  if (!process.argv.includes('--check')) {
    for (const { path, text } of stale) writeFileSync(at(path), text)
    return 0
  }
  for (const { path } of stale) process.stderr.write(`${path} is out of date; run npm run generate\n`)
  return stale.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = main()
