import { batch } from '@pulumi/kubernetes'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { Logins } from '../database/logins.ts'
import { type PodOf, podTemplate } from '../template.ts'
import { type Placed, placed, type WorkloadArgs } from '../workload.ts'
import { backupPod, makeScripts, replacePod, testPod } from './pods.ts'
import { makeStorage } from './storage.ts'

type BackupArgs = WorkloadArgs & { readonly logins: Logins }

interface Scheduled {
  readonly schedule: string
  readonly suspend: boolean
}

/** What is under way for longer is ended: it hangs, and keeps the next one from its start. */
const LONGEST_SECONDS = 6 * 3600
/** A start that was missed for longer is left out. */
const LATE_SECONDS = 3600
const KEPT_RUNS = 3

/**
 * Backups by schedule (`backup`), a test that restores the newest (`restore-test`), and what puts one in the place of
 * the database when somebody makes a Job of it (`restore`).
 */
export class Backup extends ComponentResource {
  constructor(name: string, args: BackupArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Backup', name, {}, opts)
    const { backup, running } = args.settings
    const storage = makeStorage(args, this)
    const steps = { ...args, storage, scripts: makeScripts(args, this) }
    const at = (component: string) => placed(args, component, this)
    const suspend = !running
    cronJob('backup', { schedule: backup.schedule, suspend }, backupPod(steps), at('backup'))
    cronJob('restore-test', { schedule: backup.testSchedule, suspend }, testPod(steps), at('restore-test'))
    cronJob('restore', { schedule: '0 0 1 1 *', suspend: true }, replacePod(steps), at('backup'))
    this.registerOutputs({})
  }
}

function cronJob(name: string, { schedule, suspend }: Scheduled, pod: PodOf, place: Placed): void {
  const { labels } = place
  new batch.v1.CronJob(
    `${name}-cronjob`,
    {
      // Under a name of its own, because people make Jobs of it by that.
      metadata: place.named(name),
      spec: {
        schedule,
        timeZone: 'Etc/UTC',
        suspend,
        concurrencyPolicy: 'Forbid',
        startingDeadlineSeconds: LATE_SECONDS,
        successfulJobsHistoryLimit: KEPT_RUNS,
        failedJobsHistoryLimit: KEPT_RUNS,
        jobTemplate: {
          metadata: { labels },
          spec: {
            backoffLimit: 1,
            activeDeadlineSeconds: LONGEST_SECONDS,
            template: podTemplate({ ...pod, ends: true, spec: { restartPolicy: 'Never' } }, place, name),
          },
        },
      },
    },
    place.own,
  )
}
