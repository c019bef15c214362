import { createInterface } from 'node:readline/promises'

export interface Terminal {
  readonly isInteractive: boolean
  readonly print: (text: string) => void
  ask(question: string): Promise<string>
}

export const terminal: Terminal = {
  isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  print: (text) => void process.stdout.write(`${text}\n`),
  async ask(question) {
    const lines = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return (await lines.question(question)).trim()
    } finally {
      lines.close()
    }
  },
}
