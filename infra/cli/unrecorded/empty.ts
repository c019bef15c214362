import { INITIALISED, onVolume, type PostgresPlace, type There } from './reach.ts'

/**
 * Empties the volume of a Postgres whose first start was cut short: the image takes what is there for a database, and it
 * never becomes one. Whatever somebody made in a database has a number from 16384 on; where there is one, all of it stays.
 */
export async function emptyUnfinished(place: PostgresPlace, { containers, present }: There): Promise<boolean> {
  await containers.stop(present.map(({ name }) => name).filter((name) => name === place.name))
  const run = { options: ['--entrypoint', 'sh'], command: ['-c', EMPTY] }
  return (await containers.runAside({ ...onVolume(place), ...run })) !== ''
}

const EMPTY = `
cd "$PGDATA" 2>/dev/null || exit 0
[ -n "$(ls -A)" ] || exit 0
! ${INITIALISED} || exit 0
made=$(find base pg_tblspc -mindepth 1 -name '[0-9]*' | sed 's#.*/##' | awk '$1 + 0 >= 16384' | head -n 1)
[ -z "$made" ] || exit 0
find . -mindepth 1 -delete
echo emptied
`
