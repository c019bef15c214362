import { runtime } from '@pulumi/pulumi'

/** A resource in the state of the last run. */
export interface StateResource {
  readonly urn: string
  readonly type: string
  readonly outputs: Readonly<Record<string, unknown>>
}

export type FormerState = readonly StateResource[]

type Found = Readonly<Record<string, Omit<StateResource, 'urn'>>>

/** Reads the resources of this stack from its backend. Empty if the stack does not exist yet. */
export async function formerState(): Promise<FormerState> {
  const stackName = `${runtime.getOrganization()}/${runtime.getProject()}/${runtime.getStack()}`
  const { outputs = {} } = (await runtime.invoke('pulumi:pulumi:readStackResourceOutputs', { stackName })) as {
    readonly outputs?: Found
  }
  return Object.entries(outputs).map(([urn, resource]) => ({ urn, ...resource }))
}
