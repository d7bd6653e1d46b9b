import { pino, type Logger } from 'pino';

export type Log = Logger;

/**
 * Structured logs on standard output. Fields that can carry a secret are removed wherever they stand one or two
 * levels deep; messages must not be built from them in the first place.
 */
export function createLog(part: string, level: string): Log {
  return pino({
    level,
    base: { part, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: [
        'password',
        'secret',
        'token',
        'authorization',
        'apiKey',
        '*.password',
        '*.secret',
        '*.token',
        '*.authorization',
        '*.apiKey',
        'headers.cookie',
      ],
      remove: true,
    },
  });
}
