/** Prism and its grammars, made by ../highlighter.ts. */
export const grammar: import('./code.js').Highlighter['grammar']
export const tokenize: import('./code.js').Highlighter['tokenize']
