import type { Database } from '../store/database.ts'
import type { Turn } from '../threads/right-of-way.ts'

/** Returns the database with transactions and single statements that each await their turn. */
export function databaseInTurn(database: Database, turn: Turn): Database {
  return {
    ...database,
    query: async (...statement) => {
      await turn()
      return database.query(...statement)
    },
    copyIn: async (...rows) => {
      await turn()
      return database.copyIn(...rows)
    },
    transaction: async (...work) => {
      await turn()
      return database.transaction(...work)
    },
    snapshot: async (work) => {
      await turn()
      return database.snapshot(work)
    },
  }
}
