import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What the page's file is called; a bundle has it, elsewhere it is made of the package. */
export const HIGHLIGHTER = 'highlighter.js'

/** Grammars of Prism, each behind those that it builds on. */
const GRAMMARS =
  `markup css clike javascript typescript python java go rust c cpp csharp ruby php kotlin swift sql bash yaml
  json toml hcl docker lua`.split(/\s+/)

/** Prism with its grammars, as one module. */
export function highlighter(): string {
  const { resolve } = createRequire(import.meta.url)
  const parts = ['core', ...GRAMMARS].map((name) => resolve(`prismjs/components/prism-${name}.min.js`))
  const source = parts.map((file) => readFileSync(file, 'utf8')).join('\n')
  return `globalThis.Prism = { manual: true }\n${source}\nexport const { languages, tokenize } = Prism\n`
}
