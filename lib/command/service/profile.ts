/** `typhoon profile NAME WORKER`: where a worker spends its time, or what its heap holds, as a file. */
import { open, rename, rm } from 'node:fs/promises'
import type { Command } from 'commander'
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { fileTrouble } from '../../identity/file-trouble.ts'
import { parseCount } from '../input/arguments.ts'
import { plain } from '../render/line.ts'
import { count } from '../render/numbers.ts'
import { DONE } from '../terminal/exit-codes.ts'
import type { Shell } from '../terminal/shell.ts'
import { SERVICE_EXIT_CODES, type ServiceFlags, takesName, withService } from './service-flags.ts'

interface ProfileFlags extends ServiceFlags {
  readonly heap?: boolean
  readonly seconds?: number
  readonly output?: string
}

export function defineProfile(command: Command, shell: Shell): void {
  takesName(command)
    .argument('<worker>', 'its number', parseCount)
    .option('--heap', 'what its heap holds, for which it stands still, in place of where it spends its time')
    .option('--seconds <n>', 'for so long its processor is sampled, 1 to 60 (10 unless given)', parseSeconds)
    .option('--output <file>', 'where to write it; NAME-worker-N.cpuprofile or .heapsnapshot unless given')
    .action((name: string, worker: number, flags: ProfileFlags) => {
      const { heap = false, seconds, output, json = false } = flags
      if (heap && seconds !== undefined)
        throw new TyphoonError('USAGE', '--seconds is for the processor: a heap has a moment alone')
      const kind = heap ? 'heap' : 'cpu'
      const file = output ?? fileOf(name, worker, kind)
      return withService(shell, flags, async (client) => {
        const bytes = await write(file, client.profile(name, worker, { kind, seconds }))
        if (json) shell.terminal.result(JSON.stringify({ file, kind, worker, bytes }))
        else shell.terminal.say([plain(`${file}: ${count(bytes)} bytes; Chrome's DevTools open it`)])
        return DONE
      })
    })
    .addHelpText(
      'after',
      `
The file is opened with the DevTools of Chrome: a CPU profile in "Performance", a heap snapshot in "Memory". Sampling
costs the worker a few percent. For a heap snapshot its event loop stands still, for seconds where the heap is large,
and it needs several times the memory of the heap; the file holds what is in the tuples, so it is for its user alone.
One profile of a worker is taken at a time.

${SERVICE_EXIT_CODES}

Examples:
  $ typhoon profile words 2 --seconds 30
  $ typhoon profile words 1 --heap --output words.heapsnapshot`,
    )
}

/** A name of a topology may hold what no file is called by. */
function fileOf(name: string, worker: number, kind: 'cpu' | 'heap'): string {
  const extension = kind === 'cpu' ? 'cpuprofile' : 'heapsnapshot'
  return `${name.replaceAll(/[^\w.-]+/g, '_')}-worker-${worker}.${extension}`
}

/** Whole, or not at all. @returns how many bytes @throws FILE_UNUSABLE, and what its parts throw (rejects) */
async function write(path: string, parts: AsyncIterator<Uint8Array>): Promise<number> {
  // What is refused leaves no file.
  let part = await parts.next()
  const half = `${path}.part`
  try {
    const file = await open(half, 'w', 0o600)
    let bytes = 0
    try {
      for (; part.done !== true; part = await parts.next()) {
        await file.writeFile(part.value)
        bytes += part.value.length
      }
    } finally {
      await file.close()
    }
    await rename(half, path)
    return bytes
  } catch (error) {
    await parts.return?.()
    await rm(half, { force: true }).catch(() => {})
    throw fileTrouble(path, 'written', error)
  }
}

function parseSeconds(text: string): number {
  const value = Number(text)
  if (/^[1-9]\d*$/.test(text) && value <= 60) return value
  throw new TyphoonError('USAGE', `"${text}" is not a whole number of seconds from 1 to 60`)
}
