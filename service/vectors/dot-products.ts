/** dot-products.wat, assembled. */
export const DOT_PRODUCTS =
  'AGFzbQEAAAABCgFgBn9/f39/fwADAgEABQMBAAEHGAIGbWVtb3J5AgALZG90UHJvZHVjdHMAAArVAQHSAQICfwN7IAJFBEAPCwNA' +
  'IAAgA2ohBiAEIQf9DAAAAAAAAAAAAAAAAAAAAAAhCf0MAAAAAAAAAAAAAAAAAAAAACEKA0AgAP0ABAAhCCAJIAj9hwEgB/0ABAD9' +
  'ugH9rgEhCSAKIAj9iAEgB/0ABBD9ugH9rgEhCiAHQSBqIQcgAEEQaiEAIAAgBkkNAAsgCSAK/a4BIQkgBSABKgIAIAn9GwAgCf0b' +
  'AWogCf0bAiAJ/RsDamqylDgCACABQQRqIQEgBUEEaiEFIAJBAWshAiACDQALCw=='

/** Exports of the module. */
export interface DotProducts {
  /** Grows by pages of 64 KiB, which replaces its buffer. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  /** Offsets are in bytes from the start of the memory. */
  readonly dotProducts: (
    rows: number,
    scales: number,
    count: number,
    stride: number,
    query: number,
    out: number,
  ) => void
}

const compiled = () => new WebAssembly.Module(Buffer.from(DOT_PRODUCTS, 'base64'))

/** Instantiates the routine with its own memory, from compiled code if the caller has it. */
export function loadDotProducts(code: WebAssembly.Module = compiled()): DotProducts {
  const { Instance } = WebAssembly as unknown as { Instance: new (module: WebAssembly.Module) => { exports: unknown } }
  return new Instance(code).exports as DotProducts
}

/** Makes V8 compile the routine, by multiplying one vector of zeros. */
export function useDotProducts(code: WebAssembly.Module): void {
  loadDotProducts(code).dotProducts(0, 64, 1, 16, 128, 256)
}
