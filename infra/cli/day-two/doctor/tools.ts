import { join } from 'node:path'
import type { Asked } from '../../arguments.ts'
import { backendEnvironment } from '../../pulumi/backend.ts'
import type { Tools } from '../../tools.ts'
import { type DayTwoTools, makeDayTwoTools } from '../tools.ts'
import { checkClient } from './client.ts'
import type { Finding } from './finding.ts'
import { type Machine, makeMachine } from './machine.ts'
import { configurationOfFile } from './settings.ts'

/** What the doctor looks with. */
export interface DoctorTools extends DayTwoTools {
  readonly machine: Machine
  /** The configuration of a stack that was never made. @throws Refused */
  readonly configurationOfFile: () => Promise<Readonly<Record<string, string>>>
  /** Connects as an agent does. */
  checkClient(url: string): Promise<readonly Finding[]>
}

export function makeDoctorTools(tools: Tools, asked: Asked): DoctorTools {
  const { root } = tools
  const environment = backendEnvironment(root, process.env)
  const file = asked.configFile ?? join(root, `Pulumi.${asked.stack}.yaml`)
  return {
    ...makeDayTwoTools(tools),
    machine: makeMachine(root, environment),
    configurationOfFile: () => configurationOfFile(root, environment, { ...asked, configFile: file }),
    checkClient,
  }
}
