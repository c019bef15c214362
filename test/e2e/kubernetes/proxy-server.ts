/** Runs inside the cluster: a proxy for HTTP and CONNECT that writes a line for each request. */

import { createServer, request } from 'node:http'
import { connect, type Socket } from 'node:net'

const server = createServer((asked, answer) => {
  process.stdout.write(`${asked.method} ${asked.url}\n`)
  const { method, headers, url = '' } = asked
  const forwarded = request(url, { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(answer)
  })
  forwarded.once('error', (error) => answer.writeHead(502).end(error.message))
  asked.pipe(forwarded)
})

server.on('connect', ({ url = '' }, client: Socket, head: Buffer) => {
  process.stdout.write(`CONNECT ${url}\n`)
  const { hostname, port } = new URL(`http://${url}`)
  const there = connect(Number(port || 80), hostname, () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    there.write(head)
    there.pipe(client).pipe(there)
  })
  for (const [one, other] of [
    [client, there],
    [there, client],
  ] as const) {
    one.on('error', () => other.destroy())
    one.once('close', () => other.destroy())
  }
})

server.listen(3128)
process.on('SIGTERM', () => process.exit(0))
