import { openService } from '../open.ts'
import { closeAfter } from './closers.ts'
import { startWorkerServer } from './http.ts'
import type { Setup } from './setup.ts'
import { untilStopped } from './stop.ts'

/** Runs jobs until a signal stops it. */
export async function worker({ config, log }: Setup): Promise<never> {
  const stopped = untilStopped(log)
  const code = await closeAfter(log, config.shutdownTimeoutMs, async (closers) => {
    const run = async () => {
      const service = await openService(config, log, closers)
      const server = await startWorkerServer({ service, config, log, closers })
      service.startWorker(server.observeJob)
      log.info({ url: server.url, pid: process.pid }, 'working')
      return new Promise<never>(() => {})
    }
    const { reason, code } = await Promise.race([stopped, run()])
    log.info({ reason }, 'stopping')
    return code
  })
  process.exit(code)
}
