import { runtime } from '@pulumi/pulumi'

/** A resource as the last run of a stack left it. */
export interface StateResource {
  readonly urn: string
  readonly type: string
  readonly outputs: Readonly<Record<string, unknown>>
}

export type FormerState = readonly StateResource[]

type Found = Readonly<Record<string, Omit<StateResource, 'urn'>>>

/** What this program's own stack was left as, in whatever backend it is; nothing where it was never made. */
export async function formerState(): Promise<FormerState> {
  const stackName = `${runtime.getOrganization()}/${runtime.getProject()}/${runtime.getStack()}`
  const { outputs = {} } = (await runtime.invoke('pulumi:pulumi:readStackResourceOutputs', { stackName })) as {
    readonly outputs?: Found
  }
  return Object.entries(outputs).map(([urn, resource]) => ({ urn, ...resource }))
}
