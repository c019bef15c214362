// Stands where the bundle's main.js is, and runs the source instead.
await import(new URL('service/main.ts', import.meta.url).href)
