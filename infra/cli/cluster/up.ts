import type { KubernetesSettings } from '../../settings/settings.ts'
import type { Asked } from '../arguments.ts'
import type { Finding } from '../day-two/doctor/finding.ts'
import { obstructed, Refused } from '../faults.ts'
import { followed } from '../followed.ts'
import { given, type Tools, UNASKED } from '../tools.ts'
import { clearClusterLeftovers } from './leftovers.ts'
import { lookFirst } from './preflight/preflight.ts'
import { Watch } from './watch/watch.ts'

type Needed = Pick<Tools, 'pulumi' | 'terminal' | 'kubectl'>

/** Looks at the cluster, shows what would change, asks, and follows the CLI while it makes it; its exit code. */
export async function upOnCluster(settings: KubernetesSettings, asked: Asked, tools: Needed): Promise<number> {
  const { terminal } = tools
  const kubectl = tools.kubectl(settings.cluster)
  const findings = await lookFirst(settings, kubectl, process.env.KUBECONFIG)
  for (const warning of findings.filter(({ state }) => state === 'warning')) terminal.print(`! ${inWords(warning)}`)
  const faults = findings.filter(({ state }) => state === 'failing')
  if (faults.length > 0) throw obstructed(faults.map(inWords))
  const takesOver = await clearClusterLeftovers(asked.stack, settings, { ...tools, kubectl })
  const variables = takesOver ? TAKING_OVER : {}
  const isAgreed = await agreed(asked, variables, tools)
  if (isAgreed !== true) return isAgreed
  // What somebody else removed is made again, where a change of what is not there would fail.
  const passed = asked.passed.filter((word) => !isConsent(word))
  const command = ['up', '--suppress-outputs', '--refresh', ...UNASKED, ...given(asked), ...passed]
  if (!kubectl.isOnPath) return followed(command, tools, async () => {}, variables)
  const watch = new Watch({ stack: settings.name, kubectl, print: terminal.print, now: new Date() })
  const exitCode = await followed(command, tools, (progress) => watch.look(progress), variables)
  if (exitCode !== 0) await lastLook(watch, tools)
  return exitCode
}

type Variables = Readonly<Record<string, string>>

/**
 * By which the provider takes what is there already for what it was to make. Not each time: of something that got another
 * name in the program it would remove, as the former one, what it has just taken over.
 */
const TAKING_OVER: Variables = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: 'true' }

const inWords = ({ detail, remedy }: Finding) => (remedy === undefined ? detail : `${detail}: ${remedy}`)

const isConsent = (word: string) => ['--yes', '-y', '--skip-preview', '-f'].includes(word)

/** True where it may go on, else with which exit code it ends. */
async function agreed(
  { passed, ...asked }: Asked,
  variables: Variables,
  { pulumi, terminal }: Needed,
): Promise<true | number> {
  if (passed.some(isConsent)) return true
  if (!terminal.isInteractive) {
    throw new Refused('Nobody can be asked here: add --yes to change the stack, or look with `npm run preview`')
  }
  const preview = ['preview', '--suppress-outputs', '--refresh', ...given({ ...asked, passed }), ...passed]
  const exitCode = await pulumi.run(preview, undefined, variables)
  if (exitCode !== 0) return exitCode
  const answer = await terminal.ask(`Change the stack ${asked.stack} so? (yes or no) `)
  if (answer === 'yes' || answer === 'y') return true
  terminal.print('Nothing was changed.')
  return 1
}

/** The CLI has said why it failed; what is left to say is what it does not know. */
async function lastLook(watch: Watch, { terminal }: Needed): Promise<void> {
  try {
    await watch.look()
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    terminal.print(`The cluster does not answer any more: ${error.message}. \`npm run up\` goes on from there.`)
  }
}
