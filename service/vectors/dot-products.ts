/** dot-products.wat, assembled. */
export const DOT_PRODUCTS =
  'AGFzbQEAAAABCgFgBn9/f39/fwADAgEABQMBAAEHGAIGbWVtb3J5AgALZG90UHJvZHVjdHMAAArVAQHSAQICfwN7IAJFBEAPCwNA' +
  'IAAgA2ohBiAEIQf9DAAAAAAAAAAAAAAAAAAAAAAhCf0MAAAAAAAAAAAAAAAAAAAAACEKA0AgAP0ABAAhCCAJIAj9hwEgB/0ABAD9' +
  'ugH9rgEhCSAKIAj9iAEgB/0ABBD9ugH9rgEhCiAHQSBqIQcgAEEQaiEAIAAgBkkNAAsgCSAK/a4BIQkgBSABKgIAIAn9GwAgCf0b' +
  'AWogCf0bAiAJ/RsDamqylDgCACABQQRqIQEgBUEEaiEFIAJBAWshAiACDQALCw=='

/** What the module exports. */
export interface DotProducts {
  /** Grown by pages of 64 KiB; its buffer is another after that. */
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  /** Places are in bytes from the start of the memory. */
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

/** The routine with a memory of its own; from its code, where somebody has that already. */
export function loadDotProducts(code: WebAssembly.Module = compiled()): DotProducts {
  const { Instance } = WebAssembly as unknown as { Instance: new (module: WebAssembly.Module) => { exports: unknown } }
  return new Instance(code).exports as DotProducts
}

/** Has the routine of this code compiled: it multiplies one vector of zeros. */
export function useDotProducts(code: WebAssembly.Module): void {
  loadDotProducts(code).dotProducts(0, 64, 1, 16, 128, 256)
}
