import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** Name of the page's highlighter. A bundle contains its files; otherwise they are built from the package. */
export const HIGHLIGHTER = 'highlighter.js'

const GRAMMARS =
  `markup css clike javascript typescript python java go rust c cpp csharp ruby php kotlin swift sql bash yaml
  json toml hcl docker lua`.split(/\s+/)

/** Scripts and styles within markup. */
const INSIDE_MARKUP = ['css', 'javascript']

/** Returns Prism's core, and each of its grammars as a module that a browser loads when it shows that language. */
export function highlighterFiles(): ReadonlyMap<string, string> {
  const { resolve } = createRequire(import.meta.url)
  const component = (name: string) => readFileSync(resolve(`prismjs/components/prism-${name}.min.js`), 'utf8')
  const { languages } = JSON.parse(readFileSync(resolve('prismjs/components.json'), 'utf8')) as {
    languages: Readonly<Record<string, { readonly require?: string | readonly string[] }>>
  }
  const grammar = (name: string) => {
    const extended = [languages[name]?.require ?? []].flat().filter((each) => GRAMMARS.includes(each))
    const first = name === 'markup' ? INSIDE_MARKUP : extended
    const imports = first.map((each) => `import './${fileOf(each)}'`)
    return [...imports, component(name), ...(name === 'markup' ? INSIDE_MARKUP.map(inlined) : [])].join('\n')
  }
  const core = [
    'globalThis.Prism = { manual: true }',
    component('core'),
    `const names = new Set(${JSON.stringify(GRAMMARS)})`,
    'export const { tokenize } = Prism',
    'export const grammar = async (name) =>',
    "  names.has(name) ? import('./grammar-' + name + '.js').then(() => Prism.languages[name]) : undefined",
  ].join('\n')
  return new Map([[HIGHLIGHTER, core], ...GRAMMARS.map((name) => [fileOf(name), grammar(name)] as const)])
}

const fileOf = (grammar: string) => `grammar-${grammar}.js`

const inlined = (language: string) =>
  `Prism.languages.markup.tag.addInlined('${language === 'css' ? 'style' : 'script'}', '${language}')`
