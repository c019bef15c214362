import pg from 'pg'
import { expect, test } from 'vitest'
import { connectionFault } from '../../../service/store/postgres-faults.ts'

const URL = 'postgres://me:secret@db.internal:5432/code'

test.each([
  ['certificate has expired', 'database_not_usable', 'not valid now', 'Renew'],
  ['certificate is not yet valid', 'database_not_usable', 'not valid now', 'clock'],
  ["Hostname/IP does not match certificate's altnames", 'database_not_usable', 'another host', 'Name the host'],
  ['self-signed certificate in certificate chain', 'database_not_usable', 'not trusted', 'sslrootcert'],
  ['unable to verify the first certificate', 'database_not_usable', 'not trusted', 'sslrootcert'],
  ['connection requires a valid client certificate', 'database_not_usable', 'certificate of its client', 'sslcert'],
  ['tlsv13 alert certificate required', 'database_not_usable', 'certificate of its client', 'sslcert'],
])('a connection that fails with "%s" is %s: %s', (message, code, is, remedy) => {
  const fault = connectionFault(new Error(message), URL)
  expect(fault).toMatchObject({
    code,
    message: expect.stringMatching(/^Postgres at db\.internal:5432\/code /),
    remedy: expect.stringContaining(remedy),
  })
  expect(fault.message).toContain(is)
  expect(fault.message).toContain(message)
})

test.each([
  ['55000', 'database "code" is not currently accepting connections'],
  ['08P01', 'server login has been failing'],
  ['22023', 'invalid value for parameter "TimeZone": "Mars"'],
  ['0A000', 'unsupported frontend protocol'],
])('a server that answers a connection with %s is said to refuse it, with its reason', (state, message) => {
  const error = Object.assign(new pg.DatabaseError(message, 1, 'error'), { code: state })
  expect(connectionFault(error, URL)).toMatchObject({
    code: 'database_unavailable',
    message: `Postgres at db.internal:5432/code refuses the connection: ${message}`,
  })
})
