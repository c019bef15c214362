import { ENVIRONMENT } from '../../service/environment.ts'

/** Every variable that the service reads; it takes each as `NAME_FILE` too, the path of a file that holds the value. */
export const SERVICE_VARIABLES: readonly string[] = Object.keys(ENVIRONMENT)

/** What the service would say of a variable's value; undefined where it would take it. */
export function faultOfVariable(name: string, value: string): string | undefined {
  const parsed = ENVIRONMENT[name as keyof typeof ENVIRONMENT].safeParse(value)
  return parsed.success ? undefined : parsed.error.issues.map(({ message }) => message).join('; ')
}
