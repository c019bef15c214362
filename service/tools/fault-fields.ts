import { z } from 'zod'

/** A fault as the answers of tools show it. */
export const faultFields = z.object({ code: z.string(), message: z.string(), remedy: z.string() })
