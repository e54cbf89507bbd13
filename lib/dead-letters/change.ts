/**
 * Takes letters out of their file, or puts others in their place, while topologies write to it.
 *
 * The promise: no letter is lost but those that are to go, and none stands there twice, whoever dies meanwhile. All
 * lines that are not to change are copied byte by byte into a new file, which then gets the name of the old one at
 * once. A writer claims the file for each batch of letters; so does this, when the copy has come as far as the old file
 * was, for as long as the rest takes. What is taken away is remembered before that (`gone-letters.ts`), for a run that
 * goes back to a snapshot would bring it back.
 */
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { claimFile } from '../components/files/claim.ts'
import { goneFileOf, goneLine } from '../components/reliability/gone-letters.ts'
import { TyphoonError } from '../errors/typhoon-error.ts'
import { fileIdOf } from '../identity/file-id.ts'
import { fileTrouble } from '../identity/file-trouble.ts'
import { entriesOf, isLetter } from './letters.ts'
import { unknownLetter } from './wanted.ts'

/** By id the line that is to stand there without its line break; undefined: none. */
export type Changes = ReadonlyMap<string, string | undefined>

const COPY_BYTES = 1_048_576
/** How long somebody else may have the file. */
const PATIENCE_MS = 10_000
const BUSY_MS = 5
/** How often the file may be moved away meanwhile. */
const MOST_TRIES = 5

/** A part of the old file that does not stand in the new one. */
interface Cut {
  readonly from: number
  readonly to: number
  /** What stands in its place. */
  readonly instead: string
}

/** What is to be done, as it is found in the file. */
interface Plan {
  readonly cuts: readonly Cut[]
  /** What is to be remembered of the lines that go. */
  readonly gone: string
}

let claims = 0

/**
 * All of the changes, or none.
 * @throws DEAD_LETTER_UNKNOWN where one of the letters is not there, OUTPUT_IN_USE where somebody keeps the file,
 * FILE_UNUSABLE (rejects)
 */
export async function changeLetters(path: string, changes: Changes): Promise<void> {
  const real = await realpath(path).catch((error: unknown) => {
    throw fileTrouble(path, 'read', error)
  })
  const gone = await opened(goneFileOf(real), 'a')
  try {
    // One change at a time.
    await withClaim(gone, goneFileOf(real), async () => {
      for (let tries = 1; !(await rewrite(real, gone, changes)); tries++) if (tries === MOST_TRIES) throw moved(real)
    })
  } finally {
    await gone.close()
  }
}

/** @returns false where the file that was read has lost its name meanwhile: nothing has changed then */
async function rewrite(path: string, gone: FileHandle, changes: Changes): Promise<boolean> {
  const next = `${path}.new`
  const old = await opened(path, 'r')
  try {
    const { mode, uid } = await old.stat()
    if (process.getuid !== undefined && process.getuid() !== uid) throw otherUsers(path, uid)
    // What stands there while nobody writes stays: an append that fails takes back no more than itself.
    const known = await withClaim(old, path, async () => (await old.stat()).size)
    const plan = await planOf(old, path, known, changes)
    const copy = await opened(next, 'w', mode & 0o777)
    try {
      await copyBetween(old, copy, known, plan.cuts)
      await copy.sync()
      return await withClaim(old, path, async () => {
        const { size } = await old.stat()
        if (fileIdOf(path) !== fileIdOf(old.fd) || size < known) return false
        await copyRange(old, copy, known, size)
        await copy.sync()
        await gone.appendFile(plan.gone)
        await gone.sync()
        await rename(next, path)
        return true
      })
    } finally {
      await copy.close()
    }
  } catch (error) {
    throw fileTrouble(path, 'written', error)
  } finally {
    await old.close()
    await rm(next, { force: true })
  }
}

/** @throws DEAD_LETTER_UNKNOWN (rejects) */
async function planOf(file: FileHandle, path: string, size: number, changes: Changes): Promise<Plan> {
  const cuts: Cut[] = []
  const found = new Set<string>()
  let gone = ''
  for await (const entry of entriesOf(file, path, size)) {
    if (!isLetter(entry) || !changes.has(entry.id)) continue
    const line = changes.get(entry.id)
    found.add(entry.id)
    cuts.push({ ...entry.place, instead: line === undefined ? '' : `${line}\n` })
    gone += `${goneLine(entry.letter.run, entry.text)}\n`
  }
  for (const id of changes.keys()) if (!found.has(id)) throw unknownLetter(id)
  return { cuts, gone }
}

async function copyBetween(from: FileHandle, to: FileHandle, size: number, cuts: readonly Cut[]): Promise<void> {
  let at = 0
  for (const cut of cuts) {
    await copyRange(from, to, at, cut.from)
    if (cut.instead !== '') await to.appendFile(cut.instead)
    at = cut.to
  }
  await copyRange(from, to, at, size)
}

async function copyRange(from: FileHandle, to: FileHandle, start: number, end: number): Promise<void> {
  for (let at = start; at < end; ) {
    const { bytesRead, buffer } = await from.read(Buffer.allocUnsafe(Math.min(COPY_BYTES, end - at)), { position: at })
    if (bytesRead === 0) throw new Error('it has become shorter meanwhile')
    await to.appendFile(buffer.subarray(0, bytesRead))
    at += bytesRead
  }
}

/** Waits for who has the file. @throws OUTPUT_IN_USE (rejects) */
async function withClaim<T>(file: FileHandle, path: string, work: () => Promise<T>): Promise<T> {
  // Of two writers with one name the later one would be let in.
  const writer = { topology: 'typhoon', component: 'dead-letters', task: ++claims }
  const end = await claimed(file, path, writer)
  try {
    return await work()
  } finally {
    end()
  }
}

async function claimed(file: FileHandle, path: string, writer: Parameters<typeof claimFile>[2]): Promise<() => void> {
  for (let waitedMs = 0; ; waitedMs += BUSY_MS) {
    try {
      return claimFile(file.fd, path, writer, (why) => {
        throw new TyphoonError('FILE_UNUSABLE', why, { where: { file: path } })
      })
    } catch (error) {
      const isBusy = error instanceof TyphoonError && error.code === 'OUTPUT_IN_USE'
      if (!isBusy || waitedMs >= PATIENCE_MS) throw error
      await setTimeout(BUSY_MS)
    }
  }
}

async function opened(path: string, flags: string, mode = 0o600): Promise<FileHandle> {
  return open(path, flags, mode).catch((error: unknown) => {
    throw fileTrouble(path, flags === 'r' ? 'read' : 'written', error)
  })
}

/** Who writes there would not see our claim, nor be able to write to a file of ours. */
function otherUsers(path: string, uid: number): TyphoonError {
  return new TyphoonError('FILE_UNUSABLE', `${path} belongs to the user with uid ${uid}, who alone may change it`, {
    where: { file: path },
    hint: 'run this as that user',
  })
}

function moved(path: string): TyphoonError {
  return new TyphoonError('FILE_UNUSABLE', `${path} is replaced by another file again and again`, {
    where: { file: path },
    hint: 'nothing has changed; try it again when nobody else moves it away',
  })
}
