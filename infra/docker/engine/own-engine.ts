import { Config } from '@pulumi/pulumi'
import { type Engine, makeEngine } from './engine.ts'

const hostOf = () => new Config('docker').get('host')

/** Returns the engine that the Docker provider of this stack uses. */
export function ownEngine(): Engine {
  const host = hostOf()
  return makeEngine(host === undefined ? process.env : { ...process.env, DOCKER_HOST: host })
}

/** Whether it publishes ports on this machine. */
export const isOfThisMachine = () => /^(unix|npipe):/.test(hostOf() ?? process.env.DOCKER_HOST ?? 'unix:')
