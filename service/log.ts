import { type DestinationStream, type Logger, pino } from 'pino'
import type { LogSettings } from './config.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** JSON lines on stderr (stdout belongs to the protocol), or in the file given. */
export function makeLog(settings: LogSettings): Log {
  const destination: DestinationStream = pino.destination({ dest: settings.file ?? 2, sync: true, mkdir: true })
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
