import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { blocksIn, markdownFiles, textOf } from './markdown.ts'

const RUN = /^\s*(?:[A-Z_]+=\S+ )*npm (?:run )?(--silent )?([a-z][\w:-]*)/
const OWN_OF_NPM = ['ci', 'install', 'i', 'start', 'test', 'run', 'exec', 'pack']

/** Returns the scripts that a text mentions, in code blocks and inline. */
function scriptsIn(text: string): string[] {
  const lines = blocksIn(text).flatMap((block) => block.split(/\n|&&/))
  const inline = [...text.matchAll(/`([^`\n]*npm run [^`\n]*)`/g)].map(([, code = '']) => code)
  return [...lines, ...inline].flatMap((line) => RUN.exec(line.trim())?.[2] ?? [])
}

describe('commands in Markdown', () => {
  test.each(markdownFiles())('of %s run existing scripts', (path) => {
    const known = [...Object.keys(manifest.scripts), ...OWN_OF_NPM]
    expect(scriptsIn(textOf(path)).filter((script) => !known.includes(script))).toEqual([])
  })

  test('are found in code blocks and inline', () => {
    expect(scriptsIn('```\nnpm ci && npm run up -- --stack prod\n```\nand `npm run nothing`')).toEqual([
      'ci',
      'up',
      'nothing',
    ])
  })
})
