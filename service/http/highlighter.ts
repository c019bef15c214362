import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Name of the page's highlighter. A bundle contains the file; otherwise it is built from the package. */
export const HIGHLIGHTER = 'highlighter.js'

/** Prism's grammars, each after the ones it extends. */
const GRAMMARS =
  `markup css clike javascript typescript python java go rust c cpp csharp ruby php kotlin swift sql bash yaml
  json toml hcl docker lua`.split(/\s+/)

/** Returns Prism with its grammars as one module. */
export function highlighter(): string {
  const { resolve } = createRequire(import.meta.url)
  const parts = ['core', ...GRAMMARS].map((name) => resolve(`prismjs/components/prism-${name}.min.js`))
  const source = parts.map((file) => readFileSync(file, 'utf8')).join('\n')
  return `globalThis.Prism = { manual: true }\n${source}\nexport const { languages, tokenize } = Prism\n`
}
