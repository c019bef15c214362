/** Splits a path into its folders and the name of the file without its extension. */
export function namesOfPath(path: string): { readonly folders: string; readonly name: string } {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  const dot = name.indexOf('.', 1)
  return { folders: path.slice(0, Math.max(0, slash)), name: dot < 0 ? name : name.slice(0, dot) }
}
