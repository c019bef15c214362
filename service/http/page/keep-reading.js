const BUSY_MS = 1500
const IDLE_MS = 10_000
/** Shortest pause, as a multiple of the time that reading took. */
const REST = 4

/**
 * Reads repeatedly until the signal aborts: often while something is in progress, and not while the page is hidden.
 * @param {AbortSignal} signal
 * @param {() => Promise<boolean>} read returns whether something is in progress
 * @param {(error: unknown) => void} fail
 */
export async function keepReading(signal, read, fail) {
  while (!signal.aborted) {
    const began = performance.now()
    const isBusy = await read().catch((error) => {
      if (!signal.aborted) fail(error)
      return false
    })
    const tookMs = performance.now() - began
    await pause(Math.max(isBusy ? BUSY_MS : IDLE_MS, REST * tookMs), signal)
    while (document.hidden && !signal.aborted) await pause(BUSY_MS, signal)
  }
}

/** @param {number} ms @param {AbortSignal} signal */
const pause = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve(undefined)
      },
      { once: true },
    )
  })
