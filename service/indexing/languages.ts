import { EXTENSIONS, FILE_NAMES, INTERPRETERS } from './language-table.ts'

const BY_EXTENSION = new Map<string, string>()
for (const [language, extensions] of Object.entries(EXTENSIONS)) {
  for (const extension of extensions.split(' ')) {
    if (!BY_EXTENSION.has(extension)) BY_EXTENSION.set(extension, language)
  }
}

const CPP_HEADER = /^\s*(?:class\s+\w|namespace\b|template\s*<|using\s+\w|public:|private:)/m

/** The language that a file is written in, `text` where nothing tells. */
export function languageOf(path: string, text = ''): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const known = byName(name)
  if (known === undefined) return byFirstLine(text) ?? 'text'
  return known === 'c' && name.endsWith('.h') && CPP_HEADER.test(text) ? 'cpp' : known
}

function byName(name: string): string | undefined {
  const whole = Object.hasOwn(FILE_NAMES, name) ? FILE_NAMES[name] : undefined
  if (whole !== undefined) return whole
  const dot = name.lastIndexOf('.')
  const found = dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1))
  return found ?? byPrefix(name)
}

/** `Dockerfile.dev`, `Makefile.am` */
function byPrefix(name: string): string | undefined {
  const prefix = /^(dockerfile|containerfile|makefile|jenkinsfile)[.-]/.exec(name)?.[1]
  return prefix && FILE_NAMES[prefix]
}

function byFirstLine(text: string): string | undefined {
  const interpreter = /^#!\s*\S*?([^/\s]+)(?:\s+(?:-\S+\s+|\w+=\S*\s+)*(\S+))?/.exec(text.slice(0, 200))
  if (interpreter === null) return undefined
  const program = interpreter[1] === 'env' ? interpreter[2] : interpreter[1]
  const name = (program ?? '')
    .slice((program ?? '').lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[\d.]+$/, '')
  return Object.hasOwn(INTERPRETERS, name) ? INTERPRETERS[name] : undefined
}
