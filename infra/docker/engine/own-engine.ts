import { Config } from '@pulumi/pulumi'
import { type Engine, makeEngine } from './engine.ts'

/** Returns the engine that the Docker provider of this stack uses. */
export function ownEngine(): Engine {
  const host = new Config('docker').get('host')
  return makeEngine(host === undefined ? process.env : { ...process.env, DOCKER_HOST: host })
}
