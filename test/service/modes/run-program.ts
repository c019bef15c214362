import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const MAIN = fileURLToPath(new URL('../../../service/main.ts', import.meta.url))

type Environment = Record<string, string>

export interface Program {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>
  stdout(): string
  stderr(): string
}

/** Starts the program as a process of its own, with only these variables. */
export function startProgram(args: readonly string[], environment: Environment = {}, cwd?: string): Program {
  const env = { PATH: process.env.PATH ?? '', OLLAMA_BASE_URL: 'off', ...environment }
  const child = spawn(process.execPath, [MAIN, ...args], { env, ...(cwd === undefined ? {} : { cwd }) })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return { child, ended, stdout: () => stdout, stderr: () => stderr }
}

export function runProgram(args: readonly string[], environment: Environment = {}, cwd?: string) {
  const program = startProgram(args, environment, cwd)
  program.child.stdin.end()
  return program.ended
}
