#!/usr/bin/env node
// Uses only syntax of old versions of Node, so that they can print the remedy.
import process from 'node:process'

if (typeof process.threadCpuUsage === 'function') {
  await import(new URL('program/main.js', import.meta.url).href)
} else {
  const command = [
    'npx --yes --package node@24 --package codebase-mcp codebase-mcp',
    ...process.argv.slice(2).map(quoted),
  ].join(' ')
  process.stderr.write(
    `Codebase MCP needs Node 22.19 or newer; this is Node ${process.versions.node}.\n` +
      `Install a newer one from https://nodejs.org, or let npm fetch it for this program alone:\n  ${command}\n`,
  )
  process.exitCode = 1
}

/** Quotes a word as a shell needs it. */
function quoted(word) {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`
}
