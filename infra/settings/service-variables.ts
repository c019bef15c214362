import { ENVIRONMENT } from '../../service/environment.ts'

/**
 * All environment variables of the service. Each can also be set by `NAME_FILE`, with the path of a file that contains
 * the value.
 */
export const SERVICE_VARIABLES: readonly string[] = Object.keys(ENVIRONMENT)

/** Returns the fault that the service would report for a variable's value. Undefined if it is valid. */
export function faultOfVariable(name: string, value: string): string | undefined {
  const parsed = ENVIRONMENT[name as keyof typeof ENVIRONMENT].safeParse(value)
  return parsed.success ? undefined : parsed.error.issues.map(({ message }) => message).join('; ')
}
