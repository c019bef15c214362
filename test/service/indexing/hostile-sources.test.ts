import { afterAll, expect, test } from 'vitest'
import { createAnalyser } from '../../../service/indexing/analyser/analyser.ts'
import { temporaryFolder } from './temporary-folder.ts'

const repeated = (text: string, characters = 300_000) => text.repeat(Math.floor(characters / text.length))
const inLines = (text: string, width = 400) => repeated(`${text.repeat(Math.floor(width / text.length))}\n`)

/** Each by the name of its file. */
const SOURCES: Readonly<Record<string, string>> = {
  'open-parentheses.js': inLines('('),
  'open-brackets.py': inLines('['),
  'open-braces.js': inLines('{'),
  'templates.js': inLines('`$' + '{'),
  'conditions.js': inLines('a?'),
  'arrows.ts': inLines('(a)=>'),
  'type-arguments.ts': inLines('a<'),
  'type-arguments.cpp': inLines('a<'),
  'type-arguments.rs': inLines('Vec<'),
  'type-arguments.java': inLines('List<'),
  'elements.tsx': inLines('<a>'),
  'functions.js': repeated('function f(){}\n'),
  'functions.py': repeated('def f(): pass\n'),
  'functions.go': repeated('func f() {}\n'),
  'comments.js': repeated('//\n'),
  'decorators.py': repeated('@a\n'),
  'indented.py': Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}if x:`).join('\n'),
  'heredocs.sh': repeated('cat <<A <<B\n'),
  'heredocs.rb': repeated('<<~A\n'),
  'heredocs.php': `<?php\n${repeated('<<<A\n')}`,
  'substitutions.sh': inLines('$('),
  'cases.sh': inLines('case x in '),
  'conditionals.c': repeated('#if a\n'),
  'macros.c': repeated('#define a\\\n'),
  'pointers.c': inLines('*'),
  'casts.c': inLines('(a)'),
  'raw-strings.cpp': inLines('R"x('),
  'attributes.rs': inLines('#['),
  'macros.rs': inLines('a!{'),
  'interpolation.swift': inLines('"\\('),
  'closures.swift': inLines('{ a in '),
  'interpolation.kt': inLines('"${'),
  'interpolation.scala': inLines('s"${'),
  'interpolation.cs': inLines('$"{'),
  'annotations.java': inLines('@A('),
  'headings.md': repeated(`# ${' '.repeat(900)}\u2028x\n`),
  'closed-headings.md': repeated(`# a${' #'.repeat(440)}\u2028x\n`),
  'links.md': repeated(`# ${']('.repeat(450)}\n`),
  'fences.md': repeated('```\n'),
  'blank.txt': `${repeated('\n')}x`,
  'names.txt': inLines('aBcDeFgH '),
  'combining.txt': inLines('e\u0301\u0302 '),
  'ideographs.txt': inLines('漢字'),
  'syllables.txt': inLines('abababababababababababababababing '),
}

const analyser = createAnalyser({ threads: 1 })
afterAll(() => analyser.close())

/** Far above what parsing may use of a processor, for machines that have other things to do. */
const LIMIT_MS = 30_000

test.each(Object.entries(SOURCES))('%s is analysed or left out in bounded time', async (path, text) => {
  const root = temporaryFolder({ [path]: text })
  const started = performance.now()
  const files = [{ path, stamp: 'walked', bytes: 1 }]
  const answer = await analyser.analyse({ root, maxFileBytes: 1_000_000, files })
  expect(answer.files).toMatchObject([{ path, outcome: expect.stringMatching(/^analysed$|^skipped$/) }])
  expect(performance.now() - started).toBeLessThan(LIMIT_MS)
})
