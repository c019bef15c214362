/** dot-products.wat, assembled. */
export const DOT_PRODUCTS =
  'AGFzbQEAAAABDwJgBn9/f39/fwBgAXsBfQMDAgABBQMBAAEHGAIGbWVtb3J5AgALZG90UHJvZHVjdHMAAArNAgKvAgIGfwV7IAJFBEAPCyAC' +
  'QQF2IQYgACAGIANsaiEHIAEgBkECdGohCCAFIAZBAnRqIQkgAiAGayECA0AgACADaiEKIAQhC/0MAAAAAAAAAAAAAAAAAAAAACEP/QwAAAAA' +
  'AAAAAAAAAAAAAAAAIRADQCAL/QAEACEMIAv9AAQQIQ0gAP0ABAAhDiAPIA79hwEgDP26ASAO/YgBIA39ugH9rgH9rgEhDyAH/QAEACEOIBAg' +
  'Dv2HASAM/boBIA79iAEgDf26Af2uAf2uASEQIAtBIGohCyAHQRBqIQcgAEEQaiEAIAAgCkkNAAsgBSABKgIAIA8QAZQ4AgAgCSAIKgIAIBAQ' +
  'AZQ4AgAgAUEEaiEBIAhBBGohCCAFQQRqIQUgCUEEaiEJIAJBAWshAiACDQALCxoAIAD9GwAgAP0bAWogAP0bAiAA/RsDamqyCw=='

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
