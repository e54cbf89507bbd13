/**
 * The process's stdout belongs to the frames: what a component prints becomes log messages. `console.warn` and
 * `console.error` have their levels; other text on stderr stays there.
 */
import { format } from 'node:util'
import type { LogLevel } from '../../index.ts'
import { Lines } from '../../util/lines.ts'

const LEVELS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const

/** The stdout of a process, taken away from whoever prints. */
export interface TakenStdout {
  /** Writes past the redirection. */
  readonly write: NodeJS.WriteStream['write']
  /** Logs what was printed without a line break at its end. */
  flush(): void
  /** Gives it back. */
  restore(): void
}

/** @param log where lines go that are printed from now on */
export function takeStdout(stdout: NodeJS.WriteStream, log: (level: LogLevel, message: string) => void): TakenStdout {
  const { write } = stdout
  const lines = new Lines((line) => log('info', line))
  stdout.write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
    lines.add(typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk)
    const callback = typeof encoding === 'function' ? encoding : done
    if (typeof callback === 'function') process.nextTick(callback as () => void)
    return true
  }) as typeof write
  const methods = { ...console }
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name as keyof typeof LEVELS] = (...args: unknown[]) => log(level, format(...args))
  }
  return {
    write: write.bind(stdout) as typeof write,
    flush: () => lines.end(),
    restore() {
      lines.end()
      stdout.write = write
      Object.assign(console, methods)
    },
  }
}

function encodingOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
