const BUSY_MS = 1500
const IDLE_MS = 10_000

/**
 * Reads again and again until the signal aborts: often while something goes on, and not while nobody looks.
 * @param {AbortSignal} signal
 * @param {() => Promise<boolean>} read whether something goes on
 * @param {(error: unknown) => void} fail
 */
export async function keepReading(signal, read, fail) {
  while (!signal.aborted) {
    const isBusy = await read().catch((error) => {
      if (!signal.aborted) fail(error)
      return false
    })
    await pause(isBusy ? BUSY_MS : IDLE_MS, signal)
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
