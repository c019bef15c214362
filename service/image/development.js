// Takes the place of the bundle's main.js and runs the source instead.
await import(new URL('service/main.ts', import.meta.url).href)
