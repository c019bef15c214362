/** Prism with its grammars, made by ../highlighter.ts. */
export const languages: import('./code.js').Highlighter['languages']
export const tokenize: import('./code.js').Highlighter['tokenize']
