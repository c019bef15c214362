/**
 * Runs inside the cluster: sends requests to the Service over kept-alive connections, as agents do, until it is
 * stopped, and writes its counts as a line of JSON each second. Everything but a complete answer with results is a
 * failure.
 */

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

const { TARGET = '', TOKEN_FILE = '', CONNECTIONS = '16' } = process.env
const token = readFileSync(TOKEN_FILE, 'utf8').trim()
const agent = new Agent({ keepAlive: true, maxSockets: Number(CONNECTIONS) })
const QUERIES = ['token bucket', 'sendInvoice', 'parse a number with a sign', 'quota', 'write the invoice as PDF']

const seen = { done: 0, failed: 0, slowestMs: 0, faults: {} as Record<string, number> }
let stopping = false

function ask(query: string): Promise<void> {
  const body = JSON.stringify({ query, limit: 3 })
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    authorization: `Bearer ${token}`,
  }
  return new Promise((resolve, reject) => {
    const sent = request(`${TARGET}/v1/search`, { method: 'POST', agent, headers, timeout: 15_000 }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(pieces).toString()
        if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}: ${text.slice(0, 120)}`))
        else if (JSON.parse(text).results.length === 0) reject(new Error('no results'))
        else resolve()
      })
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer in 15 s')))
    sent.once('error', reject)
    sent.end(body)
  })
}

async function client(): Promise<void> {
  for (let turn = 0; !stopping; turn++) {
    const start = performance.now()
    try {
      await ask(QUERIES[turn % QUERIES.length] ?? '')
    } catch (error) {
      seen.failed++
      const { message, code = '' } = error as NodeJS.ErrnoException
      const fault = `${code} ${message}`.trim()
      seen.faults[fault] = (seen.faults[fault] ?? 0) + 1
    }
    seen.done++
    seen.slowestMs = Math.max(seen.slowestMs, Math.round(performance.now() - start))
  }
}

const report = () => process.stdout.write(`${JSON.stringify(seen)}\n`)
process.on('SIGTERM', () => {
  stopping = true
})
const reports = setInterval(report, 1000)
await Promise.all(Array.from({ length: Number(CONNECTIONS) }, client))
clearInterval(reports)
report()
