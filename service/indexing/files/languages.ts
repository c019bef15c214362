import { EXTENSIONS } from './language-table.ts'
import { FILE_NAMES, INTERPRETERS } from './name-table.ts'
import { languageBySigns } from './shared-endings.ts'

const BY_EXTENSION = new Map<string, string>()
for (const [language, extensions] of Object.entries(EXTENSIONS)) {
  for (const extension of extensions.split(' ')) {
    if (!BY_EXTENSION.has(extension)) BY_EXTENSION.set(extension, language)
  }
}

const MAX_FIRST_LINE = 200

/** Returns the language of a file, or `text` if it is unknown. */
export function languageOf(path: string, text = ''): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const known = byName(name)
  if (known === undefined) return byFirstLine(text) ?? 'text'
  return languageBySigns(name.slice(name.lastIndexOf('.') + 1), text) ?? known
}

function byName(name: string): string | undefined {
  const whole = Object.hasOwn(FILE_NAMES, name) ? FILE_NAMES[name] : undefined
  if (whole !== undefined) return whole
  if (name.endsWith('.blade.php')) return 'blade'
  const dot = name.lastIndexOf('.')
  const found = dot < 0 ? undefined : BY_EXTENSION.get(name.slice(dot + 1))
  return found ?? byPrefix(name)
}

/** `Dockerfile.dev`, `Makefile.am`, `.env.example` */
function byPrefix(name: string): string | undefined {
  const prefix = /^(dockerfile|containerfile|makefile|jenkinsfile|\.env)[.-]/.exec(name)?.[1]
  return prefix && FILE_NAMES[prefix]
}

/** `#!/usr/bin/env -S node --flag` gives node. */
function byFirstLine(text: string): string | undefined {
  if (!text.startsWith('#!')) return undefined
  const words = text.slice(2, MAX_FIRST_LINE).split('\n', 1)[0]?.trim().split(/\s+/) ?? []
  const programs = words.filter((word) => !word.startsWith('-') && !word.includes('=')).map(programName)
  const program = programs[0] === 'env' ? programs[1] : programs[0]
  return program !== undefined && Object.hasOwn(INTERPRETERS, program) ? INTERPRETERS[program] : undefined
}

/** `/usr/bin/python3.12` gives python. */
const programName = (path: string) =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[\d.]+$/, '')
