import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** The part of S3 that the service uses, for one bucket. A page of a list holds two objects. */
export interface S3Server {
  readonly endpoint: string
  readonly objects: Map<string, Buffer>
  /** Multipart uploads that are neither completed nor aborted. */
  readonly uploads: ReadonlyMap<string, ReadonlyMap<number, Buffer>>
  /** Requests so far, as method and object. */
  readonly asked: string[]
  /** Handlers of the next requests. One that returns false leaves its request to the server and stays. */
  readonly instead: ((request: IncomingMessage, response: ServerResponse) => boolean)[]
  close(): Promise<void>
}

const PAGE = 2

/** @param address of this machine to listen on */
export async function startS3(bucket: string, address = '127.0.0.1'): Promise<S3Server> {
  const objects = new Map<string, Buffer>()
  const uploads = new Map<string, Map<number, Buffer>>()
  const asked: string[] = []
  const instead: S3Server['instead'] = []

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://s3')
    const key = decodeURIComponent(url.pathname).slice(`/${bucket}/`.length)
    const body = await buffer(request)
    asked.push(`${request.method} ${key}`)
    if (instead[0]?.(request, response) === true) return void instead.shift()
    const refusal = refusalOf(request, url, body)
    if (refusal !== undefined) return send(response, 403, errorOf(refusal))
    const upload = url.searchParams.get('uploadId')
    if (key === '') return send(response, 200, listOf(url))
    if (request.method === 'POST') return post(response, key, upload)
    const source = request.headers['x-amz-copy-source']
    if (typeof source === 'string') return copy(response, key, decodeURIComponent(source).slice(`${bucket}/`.length))
    if (request.method === 'PUT') return put(response, key, upload, Number(url.searchParams.get('partNumber')), body)
    return request.method === 'DELETE' ? forget(response, key, upload) : get(request, response, key)
  }

  const refusalOf = ({ headers }: IncomingMessage, url: URL, body: Buffer) => {
    if (!`${url.pathname}/`.startsWith(`/${bucket}/`)) return 'NoSuchBucket'
    if (!/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-1\/s3\/aws4_request, /.test(headers.authorization ?? '')) {
      return 'InvalidAccessKeyId'
    }
    return headers['x-amz-content-sha256'] === createHash('sha256').update(body).digest('hex')
      ? undefined
      : 'XAmzContentSHA256Mismatch'
  }
  const listOf = ({ searchParams }: URL) => {
    const prefix = searchParams.get('prefix') ?? ''
    const delimiter = searchParams.get('delimiter') ?? ''
    const encoded = (key: string) => (searchParams.get('encoding-type') === 'url' ? encodeURIComponent(key) : key)
    const folderOf = (key: string) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
      return end === -1 ? undefined : key.slice(0, end + delimiter.length)
    }
    const own = [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted()
    const all = [...new Set(own.map((key) => folderOf(key) ?? key))]
    const start = Number(searchParams.get('continuation-token') ?? 0)
    const page = all.slice(start, start + PAGE).map((key) => {
      const object = objects.get(key)
      if (object === undefined) return `<CommonPrefixes><Prefix>${encoded(key)}</Prefix></CommonPrefixes>`
      const facts = `<Size>${object.length}</Size><LastModified>2026-11-21T12:00:00Z</LastModified>`
      return `<Contents><Key>${encoded(key)}</Key>${facts}</Contents>`
    })
    const isCut = start + PAGE < all.length
    const more = isCut ? `<NextContinuationToken>${start + PAGE}</NextContinuationToken>` : ''
    return `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${page.join('')}${more}</ListBucketResult>`
  }
  const post = (response: ServerResponse, key: string, upload: string | null) =>
    upload === null ? begin(response, key) : complete(response, key, upload)
  const begin = (response: ServerResponse, key: string) => {
    uploads.set(`of ${key}`, new Map())
    send(response, 200, `<UploadId>of ${key}</UploadId>`)
  }
  const put = (response: ServerResponse, key: string, upload: string | null, part: number, body: Buffer) => {
    if (upload === null) objects.set(key, body)
    else uploads.get(upload)?.set(part, body)
    response.setHeader('etag', `"${part}"`)
    send(response, 200)
  }
  const copy = (response: ServerResponse, key: string, source: string) => {
    const object = objects.get(source)
    if (object === undefined) return send(response, 404, errorOf('NoSuchKey'))
    objects.set(key, object)
    send(response, 200, '<CopyObjectResult><ETag>"copy"</ETag></CopyObjectResult>')
  }
  const complete = (response: ServerResponse, key: string, upload: string) => {
    const parts = [...(uploads.get(upload) ?? [])].toSorted(([one], [other]) => one - other)
    objects.set(key, Buffer.concat(parts.map(([, part]) => part)))
    uploads.delete(upload)
    send(response, 200, '<ETag>"all"</ETag>')
  }
  const forget = (response: ServerResponse, key: string, upload: string | null) => {
    if (upload === null) objects.delete(key)
    else uploads.delete(upload)
    send(response, 204)
  }
  const get = ({ headers, method }: IncomingMessage, response: ServerResponse, key: string) => {
    const object = objects.get(key)
    if (object === undefined) return send(response, 404, errorOf('NoSuchKey'))
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    response.writeHead(headers.range === undefined ? 200 : 206, { 'content-length': object.length - from })
    return method === 'HEAD' ? response.end() : response.end(object.subarray(from))
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoint,
    objects,
    uploads,
    asked,
    instead,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export const errorOf = (code: string) => `<Error><Code>${code}</Code><Message>It &quot;is&quot; so</Message></Error>`

function send(response: ServerResponse, status: number, text = ''): void {
  response.writeHead(status).end(text)
}
