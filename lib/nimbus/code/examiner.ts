/**
 * The process that loads a topology in the place of a service: what defines it comes as JSON on stdin, and what it is
 * goes out as JSON on a pipe.
 */
import { writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Worker as Thread } from 'node:worker_threads'
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import type { DefinitionSource } from '../../messaging/control.ts'
import { loadPlain } from '../../run/load.ts'

const ANSWER_FD = 3

new Thread(new URL('./examiner-watch.js', import.meta.url)).unref()

async function examined(): Promise<object> {
  try {
    const source = JSON.parse(await text(process.stdin)) as DefinitionSource
    const { topology, isReplayable, warnings } = await loadPlain(source)
    return { topology, isReplayable, warnings }
  } catch (error) {
    return { problems: error instanceof TyphoonError ? error.problems : [toProblem(error, 'MODULE_FAILED')] }
  }
}

writeFileSync(ANSWER_FD, JSON.stringify(await examined()))
// A timer or a socket that a module has left open must not keep it.
process.exit(0)
