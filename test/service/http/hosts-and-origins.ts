interface Bound {
  readonly host: string
  readonly allowedHosts?: readonly string[]
  readonly allowedOrigins?: readonly string[]
}

const LOCAL: Bound = { host: '127.0.0.1' }
export const NAMED: Bound = {
  host: '0.0.0.0',
  allowedHosts: ['code.example.com'],
  allowedOrigins: ['https://ide.example.com'],
}

/** The address that a server binds, the Host and the Origin of a request, and the expected status. */
export const HOSTS_AND_ORIGINS: readonly (readonly [Bound, string, string | undefined, number])[] = [
  [LOCAL, 'localhost:8000', undefined, 200],
  [LOCAL, '127.0.0.1:8000', undefined, 200],
  [LOCAL, '[::1]:8000', undefined, 200],
  [LOCAL, 'LOCALHOST.', undefined, 200],
  [LOCAL, 'evil.example:8000', undefined, 403],
  [LOCAL, '127.0.0.1.evil.example', undefined, 403],
  [LOCAL, 'localhost@evil.example', undefined, 403],
  [LOCAL, 'localhost:8000', 'http://localhost:6274', 200],
  [LOCAL, 'localhost:8000', 'https://evil.example', 403],
  [LOCAL, 'localhost:8000', 'null', 403],
  [LOCAL, 'evil.example', 'http://evil.example', 403],
  [NAMED, 'code.example.com', undefined, 200],
  [NAMED, 'localhost:8000', undefined, 403],
  [NAMED, 'code.example.com', 'https://code.example.com', 200],
  [NAMED, 'code.example.com', 'https://ide.example.com', 200],
  [NAMED, 'code.example.com', 'http://localhost:3000', 403],
]
