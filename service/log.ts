import { dirname, resolve } from 'node:path'
import { inspect } from 'node:util'
import { type Logger, pino } from 'pino'
import type { LogSettings } from './config.ts'
import { Fault } from './errors.ts'
import { makeFolder } from './make-folder.ts'
import { MIB } from './units.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** Creates a log that writes JSON lines to stderr (stdout belongs to the protocol), or to the given file. */
export function makeLog(settings: LogSettings): Log {
  const destination = openDestination(settings.file)
  destination.on('error', () => {})
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        error: (error) => (error instanceof Fault ? fieldsOf(error) : pino.stdSerializers.errWithCause(error)),
      },
    },
    destination,
  )
}

/** @throws Fault if the file cannot be written */
function openDestination(file: string | undefined) {
  try {
    if (file !== undefined) makeFolder(dirname(resolve(file)))
    // Lines that cannot be written, because the disk is full or nobody reads, are kept up to this size and then lost.
    return pino.destination({ dest: file ?? 2, sync: true, maxLength: MIB })
  } catch (error) {
    throw new Fault(
      'configuration_invalid',
      `LOG_FILE is ${file}, which cannot be written`,
      'Name a file that this user can write, or unset LOG_FILE to log to stderr',
      { cause: error },
    )
  }
}

/** A fault explains itself. Only an unforeseen error needs a stack. */
function fieldsOf({ code, message, remedy, cause }: Fault) {
  const causes = code === 'internal' ? pino.stdSerializers.errWithCause(cause as Error) : messagesOf(cause)
  return { type: 'Fault', code, message, remedy, ...(cause === undefined ? {} : { cause: causes }) }
}

/** Returns the messages of the chain of causes, nearest first. */
function messagesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [inspect(error)]
  return [error.message, ...messagesOf(error.cause)]
}
