import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, isAbsolute, join, relative } from 'node:path'
import { Interrupted, Refused } from '../faults.ts'
import { parseJson } from '../json.ts'
import { outputOf } from '../processes.ts'
import { FORMAT, type Plan } from './plan.ts'
import { fileOfStack, type StackChoice } from './stack-config.ts'

export interface Revision {
  /** The revision as given, and its commit. */
  readonly title: string
  readonly plan: Plan
}

const COMMAND = 'infra/cli/commands/plan.ts'

/**
 * Plans the stack at another git revision, with the program and settings of that revision, in a temporary worktree.
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
  // Has the same name, because a repository is named after its folder by default.
  const tree = join(folder, basename(root))
  try {
    const added = await git('worktree', 'add', '--detach', '--quiet', tree, commit)
    if (added.exitCode !== 0) throw new Refused(`git cannot check out ${title}: ${added.errors.trim()}`)
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction')
    return { title, plan: await planIn(tree, { root, title, asked, signal }) }
  } finally {
    await git('worktree', 'remove', '--force', tree)
    rmSync(folder, { recursive: true, force: true })
  }
}

type Git = ReturnType<typeof gitIn>

/** Ignores the variables that git sets for hooks, and runs no hooks. */
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
      `There is no revision ${JSON.stringify(revision)} in this repository: correct its name or fetch it first`,
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
  if (signal.aborted) throw new Interrupted(`Interrupted before ${title} was planned; its checkout was removed`)
  // The process may have ended without a plan.
  const plan = parseJson(ended.output.replaceAll(tree, root)) as Plan | undefined
  if (plan === undefined)
    throw new Refused(`This stack cannot be planned at ${title}:\n${ended.errors.replaceAll(tree, root).trim()}`)
  if (plan.format !== FORMAT)
    throw new Refused(`${title} writes plans in another format; compare with a later revision`)
  return plan
}

/**
 * Returns the option with the settings file for the other revision. That revision uses its own file of the stack. Only
 * if it has none does it read the given file, in its own version if the file is in the project.
 */
function fileIn(tree: string, root: string, { stack, configFile }: StackChoice): string[] {
  if (configFile === undefined || existsSync(fileOfStack(tree, { stack }))) return []
  const inside = isAbsolute(configFile) ? relative(root, configFile) : configFile
  return ['--config-file', inside.startsWith('..') ? join(root, inside) : join(tree, inside)]
}
