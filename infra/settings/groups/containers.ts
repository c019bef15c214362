import { z } from 'zod'
import { checkedText, group, listOf, must, oneOf, scalar, setting, text, whole } from '../kinds.ts'
import { hostName, ipAddress } from '../kubernetes-kinds.ts'
import { LOG_DRIVERS } from '../log-drivers.ts'

const logSize = text(/^[1-9]\d*[kmg]b?$/i, 'a size such as 10m')

/** Namespaces that Docker, and this program, use for labels of their own. */
const RESERVED = /^(com\.docker|io\.docker|org\.dockerproject|codebase-mcp|io\.modelcontextprotocol)\./
/** Labels by which a container is recreated when its files change. */
const OF_FILES = ['secrets', 'certificates', 'config']

const labels = z
  .record(z.string(), scalar, { error: must('labels by key') })
  .superRefine((given, context) => {
    for (const key of Object.keys(given)) {
      if (!/^[A-Za-z0-9]([\w./-]*[A-Za-z0-9])?$/.test(key)) {
        context.addIssue({ code: 'custom', path: [key], message: 'is not a label; use one such as com.example.team' })
      } else if (RESERVED.test(key) || OF_FILES.includes(key)) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'is a label of the engine or the stack; choose another',
        })
      }
    }
  })
  .meta({ keyed: true })

const hosts = z
  .record(z.string(), ipAddress, { error: must('addresses by name of a host') })
  .superRefine((given, context) => {
    for (const name of Object.keys(given).filter((each) => !hostName.safeParse(each).success)) {
      context.addIssue({ code: 'custom', path: [name], message: 'is not the name of a host' })
    }
  })
  .meta({ keyed: true })

const dnsServer = ipAddress.refine((address) => !/^(127\.|::1$|0\.0\.0\.0$|::$)/.test(address), {
  error: must('the address of a DNS server that containers reach, which this machine’s loopback address is not'),
})

/** Settings of all containers on Docker. */
export const containers = group(
  'Settings of all containers.',
  {
    restart: setting(
      oneOf('on-failure', 'unless-stopped', 'always', 'no').default('on-failure'),
      'When the engine restarts a container: `on-failure`, `no`, or with `unless-stopped` and `always` also after the machine was started again.',
    ),
    restarts: setting(
      whole(0, 100).default(3),
      'How often a failed container is restarted, with `restart: on-failure`.',
    ),
    processes: setting(whole(64, 65536).default(1024), 'Maximum number of processes in a container.'),
    logDriver: setting(
      oneOf(...LOG_DRIVERS).default('json-file'),
      `Log driver of the engine: ${LOG_DRIVERS.slice(0, -1)
        .map((driver) => `\`${driver}\``)
        .join(', ')} or \`${LOG_DRIVERS.at(-1)}\`.`,
    ),
    logOptions: setting(
      z
        .record(z.string(), scalar, { error: must('options by name') })
        .meta({ keyed: true })
        .default({}),
      'More options of the log driver, such as `tag: codebase`.',
    ),
    logSize: setting(logSize.default('10m'), 'Maximum size of a log file, of the drivers `json-file` and `local`.'),
    logFiles: setting(whole(1, 100).default(3), 'Number of log files to keep, of the drivers `json-file` and `local`.'),
    labels: setting(
      labels.default({}),
      'Labels of the containers, and of networks and volumes that are created from then on.',
    ),
    dns: setting(listOf(dnsServer, 'IP addresses').default([]), 'DNS servers of the containers.'),
    dnsSearch: setting(
      listOf(
        checkedText((value) => hostName.safeParse(value).success, 'a domain such as corp.example.com'),
        'domains',
      ).default([]),
      'Domains in which the containers look up short names.',
    ),
    hosts: setting(hosts.default({}), 'Addresses of hosts by name, for hosts that DNS does not resolve.'),
  },
  { target: 'docker' },
)
