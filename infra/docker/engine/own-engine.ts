import { Config } from '@pulumi/pulumi'
import { type Engine, makeEngine } from './engine.ts'

/** The engine that the provider of Docker talks to by the configuration of the stack. */
export function ownEngine(): Engine {
  const host = new Config('docker').get('host')
  return makeEngine(host === undefined ? process.env : { ...process.env, DOCKER_HOST: host })
}
