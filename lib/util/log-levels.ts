/** The levels of a log, from the least to the most. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** How much a line of the log matters. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Whether a line of this level is wanted where `least` is the least that is. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least)
}
