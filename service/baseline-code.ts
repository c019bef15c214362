import { setFlagsFromString } from 'node:v8'

declare global {
  namespace WebAssembly {
    // Node's types leave it out.
    const Module: new (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module
  }
}

const COMPILER_SWITCHES = ['wasm-lazy-compilation', 'wasm-tier-up', 'wasm-dynamic-tiering']

/**
 * WebAssembly code that is compiled at once and stays baseline code for ever: V8's optimizing compiler takes hundreds of
 * megabytes for a large function. One module at a time, because V8's flags are those of all threads.
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
 * Code that V8 optimizes where it is used much, compiled while no other thread compiles baseline code; a function may be
 * compiled no sooner than `use` calls it.
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

/** Node 22 has none: the flags then stay as the first who compiles baseline code has set them. */
const LOCKS: typeof navigator.locks | undefined = navigator.locks

const alone = async <Result>(work: () => Result): Promise<Result> =>
  LOCKS === undefined ? work() : (LOCKS.request('codebase-mcp:compiling', work) as Promise<Result>)
