import type { Kind } from './syntax/rule.ts'

/**
 * Patterns of lines that define a name, in group 1 (and 2, if a first name qualifies the second). A `member` is a line
 * that defines something only directly inside a type. A pattern with the flag `g` may match several names in a line.
 */
export type Patterns = readonly (readonly [Kind, RegExp, 'member'?])[]

/** What scripts in markup define. */
export const IN_SCRIPTS: Patterns = [
  ['function', /^\s*(?:async\s+)?function\*?\s+([\w$]+)\s*\(/],
  ['function', /^\s*(?:const|let|var)\s+([\w$]+)\s*=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|[\w$]+\s*=>)/],
  ['class', /^\s*class\s+([A-Z]\w*)\s*(?:extends\s+[\w.]+\s*)?\{/],
]
