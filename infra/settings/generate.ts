import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { argumentTypes } from './arguments.ts'
import { PROJECT } from './config.ts'
import { DESCRIBED, type Described } from './described.ts'
import { SHARED } from './groups/pods.ts'

interface Document {
  readonly path: string
  readonly text: string
}

const WIDTH = 120

/** What is made of the schema, as it has to be: Pulumi.yaml's settings, docs/settings.md and the arguments of CodebaseMcp. */
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

/** A file of this project. */
export const read = (path: string) => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : '')

/** All that is there but the settings stays as it is. */
function projectFile(present: string): string {
  const head = present.slice(0, present.indexOf('\nconfig:') + 1)
  return `${head}config: # made of infra/settings/schema.ts by npm run generate\n${DESCRIBED.map(entry).join('')}`
}

function entry(one: Described): string {
  const words = [one.about, ...onTarget(one), ...insideOf(one)]
  const value = one.inside === undefined ? JSON.stringify(one.default) : '{}'
  const shown = typeof one.default === 'string' ? one.default : value
  const lines = wrapped(plain(words.join(' ')), WIDTH - 6).map((line) => `      ${line}\n`)
  return `  ${PROJECT}:${one.key}:\n    default: ${shown}\n    description: >-\n${lines.join('')}`
}

const onTarget = ({ target }: Described) => (target === undefined ? [] : [`On ${NAMES[target]} alone.`])

const NAMES = { docker: 'Docker', kubernetes: 'Kubernetes' } as const

/** What is inside of a group; settings that are as in another one are named together. */
function insideOf({ inside = [], target }: Described): string[] {
  const own = inside.filter((one) => one.otherwise !== SHARED).flatMap((one) => nested(one, target))
  const shared = inside.filter((one) => one.otherwise === SHARED).map(lastOf)
  return shared.length === 0 ? own : [...own, `For its own pods, as in kubernetes: ${shared.join(', ')}.`]
}

function nested(one: Described, outer: Described['target']): string[] {
  return [`${lastOf(one)}: ${said(one, outer)} Default ${defaultOf(one)}.`, ...insideOf(one)]
}

const lastOf = ({ key }: Described) => key.slice(key.lastIndexOf('.') + 1)

/** The sentence of a setting, with its unit and, where that is not its group's, its target. */
const said = (one: Described, outer: Described['target']) =>
  [sentence(one), ...(one.target === outer ? [] : onTarget(one))].join(' ')

const sentence = ({ about, unit }: Described) => (unit === undefined ? about : about.replace(/\.$/, `, in ${unit}.`))

const defaultOf = ({ default: value, otherwise = 'none' }: Described) =>
  value === undefined ? otherwise : typeof value === 'string' ? `\`${value || '""'}\`` : `\`${JSON.stringify(value)}\``

/** Without what only Markdown reads. */
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
  return `${[INTRODUCTION, table(single), ...groups.map(section)].join('\n\n')}\n`
}

const INTRODUCTION = `# Settings of a stack

In \`Pulumi.<stack>.yaml\`, or by \`pulumi config set --path KEY VALUE\`. Keys are written without their namespace here:
\`server.port\` is \`${PROJECT}:server.port\`. All of them are checked at once, before anything is changed. A secret is set
with \`pulumi config set --path --secret KEY\`; one in plain text is reported. The server's environment variables are in
\`.env.example\`. This page is made of \`infra/settings/schema.ts\` by \`npm run generate\`.`

const section = (group: Described) =>
  [
    `## ${group.key}`,
    wrapped([group.about, ...onTarget(group)].join(' '), WIDTH).join('\n'),
    '',
    table(group.inside ?? [], group.target),
  ].join('\n')

function table(settings: readonly Described[], outer?: Described['target']): string {
  return ['| key | default | what |', '|---|---|---|', ...settings.flatMap((one) => rows(one, outer))].join('\n')
}

const rows = (one: Described, outer: Described['target']): string[] => [
  `| \`${one.key}\` | ${defaultOf(one)} | ${said(one, outer)} |`,
  ...(one.inside ?? []).flatMap((inner) => rows(inner, one.target ?? outer)),
]

/** With `--check` nothing is written; 1 where something would be. */
function main(): number {
  const stale = documents().filter(({ path, text }) => read(path) !== text)
  if (!process.argv.includes('--check')) {
    for (const { path, text } of stale) writeFileSync(at(path), text)
    return 0
  }
  for (const { path } of stale) process.stderr.write(`${path} is not what the schema says; run: npm run generate\n`)
  return stale.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = main()
