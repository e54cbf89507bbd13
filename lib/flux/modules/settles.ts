/** What a module of the user makes, which may be a promise that is never settled. */
import { TyphoonError } from '../../errors/typhoon-error.ts'

/** What is waited for, each with what gives it up. One listener serves all, for many modules may be loaded at once. */
const waiting = new Set<() => void>()

/**
 * Waits for it as long as this process has anything else to do: after that it cannot come any more, and Node.js would
 * end without a word.
 * @throws MODULE_FAILED (rejects)
 */
export async function settles<T>(path: string, made: T | Promise<T>): Promise<T> {
  let giveUp!: () => void
  const never = new Promise<never>((_, reject) => {
    giveUp = () =>
      reject(
        new TyphoonError('MODULE_FAILED', `${path} waits for something that never comes`, {
          where: { file: path },
          hint: 'look for an "await" on a promise that nothing resolves',
        }),
      )
  })
  waiting.add(giveUp)
  if (waiting.size === 1) process.on('beforeExit', giveAllUp)
  try {
    return await Promise.race([made, never])
  } finally {
    waiting.delete(giveUp)
    if (waiting.size === 0) process.off('beforeExit', giveAllUp)
  }
}

function giveAllUp(): void {
  for (const giveUp of waiting) giveUp()
}
