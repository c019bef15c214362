import { readFileSync } from 'node:fs'
import { type Stack, until } from './cluster.ts'

export interface Load {
  readonly done: number
  readonly failed: number
  readonly slowestMs: number
  readonly faults: Readonly<Record<string, number>>
}

const SCRIPT = readFileSync(new URL('./load-generator.ts', import.meta.url), 'utf8')
const NAME = 'load'

/** Puts load on the server from a pod that runs the same image. */
export async function startLoad(stack: Stack, { image, token }: { readonly image: string; readonly token: string }) {
  const metadata = { name: NAME }
  await stack.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token, 'load.ts': SCRIPT } })
  await stack.apply({ apiVersion: 'v1', kind: 'Pod', metadata, spec: podOf(image) })
  const look = async (): Promise<Load> => {
    const lines = (await stack.kubectl('logs', NAME, '--tail', '1')).split('\n')
    return JSON.parse(lines.at(-1) || '{"done":0,"failed":0,"slowestMs":0,"faults":{}}') as Load
  }
  await stack.kubectl('wait', '--for=condition=Ready', `pod/${NAME}`, '--timeout=60s')
  await until(look, ({ done }) => done > 0)
  return {
    look,
    /** Waits for this many additional requests. */
    async more(count: number): Promise<void> {
      const { done } = await look()
      await until(look, (load) => load.done >= done + count, 600)
    },
    async stop(): Promise<Load> {
      const before = await look()
      await stack.kubectl('delete', `pod/${NAME}`, `secret/${NAME}`, '--wait=true')
      return before
    },
  }
}

const podOf = (image: string) => ({
  restartPolicy: 'Never',
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: NAME,
      image,
      command: ['/usr/local/bin/node', '/load/load.ts'],
      env: [
        { name: 'TARGET', value: 'http://server:8000' },
        { name: 'TOKEN_FILE', value: '/load/token' },
      ],
      volumeMounts: [{ name: NAME, mountPath: '/load' }],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    },
  ],
  volumes: [{ name: NAME, secret: { secretName: NAME } }],
})
