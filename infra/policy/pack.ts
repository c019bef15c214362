import { PolicyPack } from '@pulumi/policy'
import { forPulumi } from './for-pulumi.ts'
import { POLICIES } from './policies.ts'

new PolicyPack('codebase-mcp', { policies: forPulumi(POLICIES) })
