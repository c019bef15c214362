import { setFlagsFromString } from 'node:v8'

declare global {
  namespace WebAssembly {
    // Node's types lack this.
    const Module: new (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module
  }
}

const COMPILER_SWITCHES = ['wasm-lazy-compilation', 'wasm-tier-up', 'wasm-dynamic-tiering']

/**
 * Compiles WebAssembly that stays baseline code: V8's optimizing compiler takes hundreds of megabytes for a large
 * function. Modules are compiled one at a time, because V8's flags apply to all threads.
 */
export function asBaselineCode(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  return alone(() => {
    for (const name of COMPILER_SWITCHES) setFlagsFromString(`--no-${name}`)
    try {
      return new WebAssembly.Module(bytes)
    } finally {
      if (LOCKS !== undefined) for (const name of COMPILER_SWITCHES) setFlagsFromString(`--${name}`)
    }
  })
}

/**
 * Compiles WebAssembly that V8 optimizes where it is hot, while no other thread compiles baseline code. `use` must call
 * the functions, because V8 may compile them only then.
 */
export const asOptimizedCode = (
  bytes: Uint8Array<ArrayBuffer>,
  use: (module: WebAssembly.Module) => void = () => {},
): Promise<WebAssembly.Module> =>
  alone(() => {
    const module = new WebAssembly.Module(bytes)
    use(module)
    return module
  })

/** Node 22 has no locks: the flags then stay as the first baseline compilation set them. */
const LOCKS: typeof navigator.locks | undefined = navigator.locks

const alone = async <Result>(work: () => Result): Promise<Result> =>
  LOCKS === undefined ? work() : (LOCKS.request('codebase-mcp:compiling', work) as Promise<Result>)
