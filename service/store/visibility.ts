/** A repository at the generation that a reader sees. */
export interface RepositoryAt {
  readonly id: number
  readonly generation: number
}

/** The repositories to read, from parameters $1 and $2. Joined to `file`, which `VISIBLE` then narrows. */
export const READERS = 'unnest($1::int[], $2::int[]) as reader (repository_id, generation)'

/** Condition on `file` by which a reader sees a row at a generation, which is an SQL expression such as `$2`. */
export const visibleAt = (generation: string) =>
  `file.born <= ${generation} and (file.died is null or file.died > ${generation})`

export const VISIBLE = `file.repository_id = reader.repository_id and ${visibleAt('reader.generation')}`

export function readerValues(repositories: readonly RepositoryAt[]): [number[], number[]] {
  return [repositories.map(({ id }) => id), repositories.map(({ generation }) => generation)]
}

/** Returns the condition that a repository is in a scope, by the parameters with the scope's names and patterns. */
export const isInScope = (names: string, patterns: string) =>
  `(repository.name = any(${names}::text[]) or repository.name ~ any(${patterns}::text[]))`
