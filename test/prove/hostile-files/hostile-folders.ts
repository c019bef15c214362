import { CHANGES } from './changes.ts'
import { NAMES, RULES, SIZES, SPECIAL, TEXTS } from './contents.ts'
import type { HostileFolder } from './hostile-folder.ts'
import { GIT, LINKS } from './links.ts'

export const HOSTILE_FOLDERS: readonly HostileFolder[] = [
  ...LINKS,
  ...GIT,
  ...RULES,
  ...SPECIAL,
  ...SIZES,
  ...NAMES,
  ...TEXTS,
  ...CHANGES,
]
