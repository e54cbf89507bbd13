/**
 * How much a specification tries: as much as shows what it is about, or, with `VOLUME=all` in the environment, as much
 * as has ever found something (`npm run proof:volume`).
 */
const ALL = process.env['VOLUME'] === 'all'

/** Of runs, worlds, rows. */
export function volume(usual: number, all: number): number {
  return ALL ? all : usual
}
