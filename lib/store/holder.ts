/**
 * Who has a directory, as files that any of its processes can look at, on every machine that reaches it. One holds the
 * name of the run, and is touched as a sign of life. The lease (`lease.ts`) decides; this is for processes that write
 * outside, or into files, and take no part in it: a worker of a run whose parent stands still keeps the lease by it,
 * and one that stood still itself ends before it does anything that another run would not know of.
 *
 * The other one says which incarnation of each worker is the present one. Whoever leads the run names it before that
 * can do anything, and names none that is older; so a worker that stood still with its whole host, and was started
 * elsewhere meanwhile, does nothing any more either.
 */
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { makeFolder } from '../identity/make-folder.ts'

/** A process gives its sign of life, and looks whether it still may, so often. */
export const BEAT_MS = 1_000

/** A worker, from one start to its end. */
export interface Incarnate {
  readonly run: string
  readonly worker: number
  /** Each start of a worker has a larger one than those before. */
  readonly incarnation: number
}

/** The present incarnations of the workers of a run; of those that have had one only, none need stand here. */
interface Present {
  readonly run: string
  readonly incarnations: Readonly<Record<string, number>>
}

/** From now on this run has the directory. @throws what the file system does */
export function writeHolder(directory: string, run: string): void {
  replace(fileIn(directory), run)
}

/** Nobody has it any more. @throws what the file system does */
export function removeHolder(directory: string): void {
  rmSync(fileIn(directory), { force: true })
}

/** From now on no earlier incarnation of this worker may do anything. @throws what the file system does */
export function nameIncarnation(directory: string, { run, worker, incarnation }: Incarnate): void {
  const known = presentIn(directory)
  const incarnations = known?.run === run ? known.incarnations : {}
  if (incarnation <= (incarnations[worker] ?? 1)) return
  const present: Present = { run, incarnations: { ...incarnations, [worker]: incarnation } }
  replace(presentFileIn(directory), JSON.stringify(present))
}

/** Changes as long as a process lives that watches. */
export function signOfLife(directory: string): number {
  return statSync(fileIn(directory), { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/**
 * Gives signs of life for the run of a worker as long as the process lives.
 * @param isLeased whether the run has a lease at all: otherwise it goes by the present incarnations alone
 * @param onLost called where another run has the directory, or another process is that worker by now
 * @returns looks whether that is so, and calls `onLost` before it returns
 */
export function watchHolder(
  directory: string,
  self: Incarnate,
  isLeased: boolean,
  onLost: (because: TyphoonError) => void,
): () => void {
  const look = (): void => {
    const other = isLeased ? otherHolder(directory, self.run) : undefined
    if (other !== undefined) onLost(lost(directory, `the run ${other} has the state in ${directory} now`))
    else if (isReplaced(directory, self))
      onLost(lost(directory, `worker ${self.worker} was started elsewhere meanwhile`))
  }
  // The process does not live for this alone.
  setInterval(look, BEAT_MS).unref()
  return look
}

/** The run that has the directory in place of this one, for which it gives a sign of life otherwise. */
function otherHolder(directory: string, run: string): string | undefined {
  const file = fileIn(directory)
  try {
    const holder = readFileSync(file, 'utf8')
    if (holder !== run) return holder
    const now = new Date()
    utimesSync(file, now, now)
  } catch {
    // Somebody has removed it, or it cannot be reached now: nobody else has been seen.
  }
  return undefined
}

function lost(directory: string, message: string): TyphoonError {
  return new TyphoonError('STATE_IN_USE', message, {
    where: { file: directory },
    hint: 'this process had given no sign of life, and does nothing more; the one in its place goes on',
  })
}

function isReplaced(directory: string, { run, worker, incarnation }: Incarnate): boolean {
  const present = presentIn(directory)
  return present?.run === run && (present.incarnations[worker] ?? 0) > incarnation
}

/** Undefined where nobody has named any, or it cannot be reached now. */
function presentIn(directory: string): Present | undefined {
  try {
    return JSON.parse(readFileSync(presentFileIn(directory), 'utf8')) as Present
  } catch {
    return undefined
  }
}

/** It is there whole, or as it was. */
function replace(file: string, text: string): void {
  makeFolder(dirname(file))
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function fileIn(directory: string): string {
  return join(directory, 'lease', 'holder')
}

function presentFileIn(directory: string): string {
  return join(directory, 'lease', 'incarnations')
}
