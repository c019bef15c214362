import { Config } from '@pulumi/pulumi'
import { type Engine, makeEngine } from './engine.ts'

const hostOf = () => new Config('docker').get('host')

/** The engine that the provider of Docker talks to by the configuration of the stack. */
export function ownEngine(): Engine {
  const host = hostOf()
  return makeEngine(host === undefined ? process.env : { ...process.env, DOCKER_HOST: host })
}

/** Whether it publishes ports on this machine. */
export const isOfThisMachine = () => /^(unix|npipe):/.test(hostOf() ?? process.env.DOCKER_HOST ?? 'unix:')
