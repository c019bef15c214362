import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, isAbsolute, join, relative } from 'node:path'
import { Interrupted, Refused } from '../faults.ts'
import { outputOf } from '../processes.ts'
import { FORMAT, type Plan } from './plan.ts'
import { fileOfStack, type StackChoice } from './stack-config.ts'

export interface Revision {
  /** As it was named, with the commit that this is. */
  readonly title: string
  readonly plan: Plan
}

const COMMAND = 'infra/cli/commands/plan.ts'

/**
 * The plan of another git revision, by its own program and its own settings, in a folder that is removed again.
 * @throws Refused, Interrupted
 */
export async function planAt(
  revision: string,
  root: string,
  asked: StackChoice,
  signal: AbortSignal,
): Promise<Revision> {
  const git = gitIn(root)
  const commit = await commitOf(revision, git)
  const title = `${revision} (${commit.slice(0, 10)})`
  const folder = mkdtempSync(join(tmpdir(), 'codebase-mcp-plan-'))
  // Named like this one, since a repository is called after its folder.
  const tree = join(folder, basename(root))
  try {
    const added = await git('worktree', 'add', '--detach', '--quiet', tree, commit)
    if (added.exitCode !== 0) throw new Refused(`git cannot check ${title} out: ${added.errors.trim()}`)
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction')
    return { title, plan: await planIn(tree, { root, title, asked, signal }) }
  } finally {
    await git('worktree', 'remove', '--force', tree)
    rmSync(folder, { recursive: true, force: true })
  }
}

type Git = ReturnType<typeof gitIn>

/** Without what a hook of git sets, and without starting one. */
function gitIn(root: string) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)$/.test(name)),
  )
  return (...args: readonly string[]) =>
    outputOf('git', ['-c', 'core.hooksPath=/dev/null', ...args], { cwd: root, env })
}

async function commitOf(revision: string, git: Git): Promise<string> {
  const found = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
  const commit = found.output.trim()
  if (found.exitCode !== 0) {
    throw new Refused(
      `There is no revision ${JSON.stringify(revision)} in this repository: correct its name, or fetch it first`,
    )
  }
  const has = await git('cat-file', '-e', `${commit}:${COMMAND}`)
  if (has.exitCode !== 0) {
    throw new Refused(
      `${revision} (${commit.slice(0, 10)}) has no \`npm run plan\` yet: compare with a revision that has ${COMMAND}`,
    )
  }
  return commit
}

interface Place {
  readonly root: string
  readonly title: string
  readonly asked: StackChoice
  readonly signal: AbortSignal
}

async function planIn(tree: string, { root, title, asked, signal }: Place): Promise<Plan> {
  const words = ['plan', '--json', '--stack', asked.stack, ...fileIn(tree, root, asked)]
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, '.pulumi', 'compile-cache'),
  }
  const ended = await outputOf(process.execPath, ['infra/cli.ts', ...words], { cwd: tree, env, signal })
  if (signal.aborted) throw new Interrupted(`Interrupted before ${title} was planned; its checkout is removed`)
  const plan = parsed(ended.output.replaceAll(tree, root))
  if (plan === undefined)
    throw new Refused(`${title} has no plan of this stack:\n${ended.errors.replaceAll(tree, root).trim()}`)
  if (plan.format !== FORMAT)
    throw new Refused(`${title} writes its plan in another form; compare with a later revision`)
  return plan
}

/** Undefined where it ended before it had one. */
function parsed(output: string): Plan | undefined {
  try {
    return JSON.parse(output) as Plan
  } catch {
    return undefined
  }
}

/**
 * Options count for this side alone: the other one has its own file of the stack. Only where it has none is the file that
 * was given read there too, a file within the project as that revision has it.
 */
function fileIn(tree: string, root: string, { stack, configFile }: StackChoice): string[] {
  if (configFile === undefined || existsSync(fileOfStack(tree, { stack }))) return []
  const inside = isAbsolute(configFile) ? relative(root, configFile) : configFile
  return ['--config-file', inside.startsWith('..') ? join(root, inside) : join(tree, inside)]
}
