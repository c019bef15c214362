import { type Logger, pino } from 'pino'
import type { LogSettings } from './config.ts'
import { MIB } from './units.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** JSON lines on stderr (stdout belongs to the protocol), or in the file given. */
export function makeLog(settings: LogSettings): Log {
  // What cannot be written, because the disk is full or nobody reads, is kept up to that much and then lost.
  const destination = pino.destination({ dest: settings.file ?? 2, sync: true, mkdir: true, maxLength: MIB })
  destination.on('error', () => {})
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    destination,
  )
}
