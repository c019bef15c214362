import { CHANGES } from './changes.ts'
import { NAMES, RULES, SIZES, SPECIAL, TEXTS } from './contents.ts'
import { ENCODINGS, GIT_DATA, TIMES } from './git-data.ts'
import type { HostileFolder } from './hostile-folder.ts'
import { GIT, LINKS } from './links.ts'

export const HOSTILE_FOLDERS: readonly HostileFolder[] = [
  ...LINKS,
  ...GIT,
  ...GIT_DATA,
  ...ENCODINGS,
  ...RULES,
  ...SPECIAL,
  ...SIZES,
  ...NAMES,
  ...TEXTS,
  ...TIMES,
  ...CHANGES,
]
