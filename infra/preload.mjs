// The engine loads this before the program. It is JavaScript, so that a Node which cannot strip types gets this far.
if (process.features.typescript) {
  await import('./compile-cache.ts')
} else {
  process.stderr.write(
    `The program needs Node 22.19 or newer, but the \`node\` on the PATH is ${process.version}. Install a newer one, or start it from this checkout with npm run, such as: npm run up\n`,
  )
  process.exit(1)
}
