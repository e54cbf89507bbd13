/**
 * A process that opens the directory of a topology, says how it went, and stays: as a run of its own (`run`), or as one
 * that has its workers on other hosts (`alone`), or one that starts so many workers which do it (`parent`, `worker`). A
 * worker ends when its standard input does; on a line there it closes the directory in good order first.
 *
 *     node directory-opener.js AS ROOT COUNT RUN
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { openStateDirectory } from '../../lib/store/state-directory.ts'

const [as, root, count, run] = process.argv.slice(2) as [string, string, string, string]

if (as === 'parent') {
  for (let i = 0; i < Number(count); i++) {
    // They share a pipe of this process, which outlives it.
    spawn(process.execPath, [process.argv[1]!, 'worker', root, '1', run], { stdio: [3, 'inherit', 'inherit'] })
  }
  setInterval(() => {}, 1000)
} else {
  try {
    const directory = await openStateDirectory({ root, topology: 'words', run, isAlone: as === 'alone' })
    createInterface({ input: process.stdin }).on('line', () => {
      void directory.close().then(() => console.log('closed'))
    })
    console.log('opened')
  } catch (error) {
    console.log((error as { code?: string }).code ?? String(error))
  }
  if (as === 'worker') process.stdin.on('end', () => process.exit(0)).resume()
  else setInterval(() => {}, 1000)
}
