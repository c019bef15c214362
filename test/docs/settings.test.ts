import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readStackConfig } from '../../infra/plan/stack-config.ts'
import { readSettings } from '../../infra/settings/settings.ts'
import { temporaryFolders } from '../fakes/temporary-folders.ts'
import { blocksIn, markdownFiles, ROOT, textOf } from './markdown.ts'

const folder = temporaryFolders()()
const file = join(folder, 'Pulumi.example.yaml')
const repositories = join(folder, 'repositories.txt')
writeFileSync(repositories, 'https://git.example.com/shop.git\n')

/** Settings that an example does not repeat. */
const OTHERS: Readonly<Record<string, string>> = {
  target: 'kubernetes',
  image: '{ reference: "registry.example.com/codebase-mcp:1.0.0" }',
  backup: '{ s3Bucket: team, s3AccessKey: AK, s3SecretKey: { secure: x } }',
}

/** Code blocks with settings. What an ellipsis leaves out is known only to the reader. */
const examples = markdownFiles()
  .filter((path) => path !== 'CHANGELOG.md')
  .flatMap((path) => blocksIn(textOf(path)).map((text) => ({ path, text })))
  .filter(({ text }) => /^codebase-mcp:/m.test(text) && !text.includes('…'))

test.each(examples)('the example of settings in $path can be used: $text', ({ text }) => {
  const others = Object.entries(OTHERS).filter(([key]) => !text.includes(`codebase-mcp:${key}:`))
  const lines = [
    ...others.map(([key, value]) => `codebase-mcp:${key}: ${value}`),
    ...text.replace('repositories.txt', repositories).split('\n'),
  ]
  writeFileSync(file, `config:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
  const { values } = readStackConfig(ROOT, { stack: 'example', configFile: file, settings: {} })
  expect(() => readSettings(values)).not.toThrow()
})
