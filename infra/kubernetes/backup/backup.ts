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
  readonly timeZone: string
  readonly suspend: boolean
}

/** Maximum duration of a run. A longer one hangs and would block the next. */
const LONGEST_SECONDS = 6 * 3600
/** A start that is later than this is skipped. */
const LATE_SECONDS = 3600
const KEPT_RUNS = 3

/**
 * CronJobs that make backups (`backup`) and test the newest one by restoring it (`restore-test`), and a suspended
 * CronJob from which a person creates a Job to replace the database with a backup (`restore`).
 */
export class Backup extends ComponentResource {
  constructor(name: string, args: BackupArgs, opts?: ComponentResourceOptions) {
    super('codebase:kubernetes:Backup', name, {}, opts)
    const { backup, running } = args.settings
    const { timeZone } = backup
    const storage = makeStorage(args, this)
    const steps = { ...args, storage, scripts: makeScripts(args, this) }
    const at = (component: string) => placed(args, component, this)
    const suspend = !running
    cronJob('backup', { schedule: backup.schedule, timeZone, suspend }, backupPod(steps), at('backup'))
    cronJob('restore-test', { schedule: backup.testSchedule, timeZone, suspend }, testPod(steps), at('restore-test'))
    cronJob('restore', { schedule: '0 0 1 1 *', timeZone, suspend: true }, replacePod(steps), at('backup'))
    this.registerOutputs({})
  }
}

function cronJob(name: string, { schedule, timeZone, suspend }: Scheduled, pod: PodOf, place: Placed): void {
  const { labels } = place
  new batch.v1.CronJob(
    `${name}-cronjob`,
    {
      // A fixed name, because people create Jobs from it.
      metadata: place.named(name),
      spec: {
        schedule,
        timeZone,
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
