/**
 * Returns the name under which Ollama lists a model: `all-minilm` becomes `all-minilm:latest`, and a registry's address
 * loses its scheme.
 */
export function fullModelName(name: string): string {
  const bare = name.replace(/^https?:\/\//, '').replace(/^registry\.ollama\.ai\/(library\/)?/, '')
  return /:[^/]*$/.test(bare) ? bare : `${bare}:latest`
}

/** Returns the family of a model: `nomic-embed-text` for `registry:5000/team/nomic-embed-text:v1.5`. */
export function modelFamily(name: string): string {
  return (fullModelName(name).split('/').at(-1) ?? '').replace(/:[^:]*$/, '').toLowerCase()
}
