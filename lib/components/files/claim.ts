/**
 * One writer per file: a sink claims its file before it writes, and a second one is refused, by whatever name it knows
 * the file.
 *
 * A claim is a small file in a folder of this user's own below the system's temporary folder, named by the device and
 * the inode of what is claimed; so relative paths, symbolic and hard links lead to the same claim. It holds as long as
 * its process lives: what a killed process left behind is taken over by the next, and so is the claim to a file that
 * has gone: its inode may be another file's by now. Processes that do not share that folder (other users, containers,
 * machines) do not see it; sinks append, and notice that a file has grown, so even then no line is overwritten.
 */
import { linkSync, lstatSync, readFileSync, readlinkSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { fileIdOf } from '../../identity/file-id.ts'
import { makeFolder, PRIVATE } from '../../identity/make-folder.ts'
import { fateOf, isSameProcess, type ProcessIdentity, processOf } from '../../identity/process-identity.ts'

/** Who writes a file. */
export interface Writer {
  readonly topology: string
  /** The id of the component that writes; for a Trident state, its name. */
  readonly component: string
  /** A task, or a partition of a state. */
  readonly task: number
}

/** The content of a claim's file. */
interface Owner extends Writer, ProcessIdentity {
  /** Absolute. */
  readonly path: string
}

let temporary = 0

/**
 * Claims an open file for a writer. A writer of the same name in this process is one that was started anew, and gives
 * way.
 * @param path as the user gave it, for the message
 * @param warn called if no claim can be made: the file is written all the same
 * @returns what ends the claim
 * @throws OUTPUT_IN_USE
 */
export function claimFile(file: number, path: string, writer: Writer, warn: (message: string) => void): () => void {
  try {
    return claimIn(claimsFolder(), file, path, writer)
  } catch (error) {
    if (error instanceof TyphoonError) throw error
    warn(`nothing keeps a second writer from "${path}": ${messageOf(error)}`)
    return () => {}
  }
}

function claimIn(folder: string, file: number, path: string, writer: Writer): () => void {
  const id = fileIdOf(file)
  const claim = join(folder, id)
  const owner: Owner = { ...writer, ...processOf(process.pid), path: placeOf(file, path) }
  const text = JSON.stringify(owner)
  while (!create(claim, text)) {
    const other = readOwner(claim)
    if (other === undefined) continue
    const holds = fateOf(other.owner) === 'alive' && hasName(other.owner.path, id)
    if (holds && !isSame(other.owner, owner)) throw inUse(path, other.owner)
    takeAway(claim, (text) => text === other.text)
  }
  return () => takeAway(claim, (text) => isSame(ownerIn(text), owner))
}

/** Where an open file lies, as the system knows it (Linux), else by the path that it was opened with. */
function placeOf(file: number, path: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${file}`)
  } catch {
    return resolve(path)
  }
}

/** Whether a path still leads to the file that was claimed by it. */
function hasName(path: string, id: string): boolean {
  return unlessGone(() => fileIdOf(path)) === id
}

/** @throws where the folder is another user's, who could tell us whom to trust */
function claimsFolder(): string {
  const user = process.getuid?.()
  const folder = join(tmpdir(), user === undefined ? 'typhoon-claims' : `typhoon-claims-${user}`)
  makeFolder(folder, PRIVATE)
  const stats = lstatSync(folder)
  if (user !== undefined && (!stats.isDirectory() || stats.uid !== user || (stats.mode & 0o077) !== 0))
    throw new Error(`${folder} must be a folder that belongs to this user alone (mode 0700)`)
  return folder
}

/** All of its text or nothing, and only where there is none yet. */
function create(claim: string, text: string): boolean {
  const draft = unique(claim)
  writeFileSync(draft, text, { mode: 0o600 })
  try {
    linkSync(draft, claim)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    unlinkSync(draft)
  }
}

/** Undefined where it has just been taken away; one that cannot be read belongs to nobody. */
function readOwner(claim: string): { text: string; owner: Owner } | undefined {
  const text = unlessGone(() => readFileSync(claim, 'utf8'))
  return text === undefined ? undefined : { text, owner: ownerIn(text) }
}

function ownerIn(text: string): Owner {
  try {
    return JSON.parse(text) as Owner
  } catch {
    return { topology: '', component: '', task: 0, pid: 0, started: null, space: '', host: '', path: '' }
  }
}

/** Takes just this claim away: one that somebody else has made meanwhile is put back. */
function takeAway(claim: string, isIt: (text: string) => boolean): void {
  const grave = unique(claim)
  unlessGone(() => {
    renameSync(claim, grave)
    if (!isIt(readFileSync(grave, 'utf8'))) linkSync(grave, claim)
  })
  unlessGone(() => unlinkSync(grave))
}

function unlessGone<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EEXIST') return undefined
    throw error
  }
}

function unique(claim: string): string {
  return `${claim}.${process.pid}-${temporary++}`
}

function isSame(a: Owner, b: Owner): boolean {
  return isSameProcess(a, b) && a.topology === b.topology && a.component === b.component && a.task === b.task
}

function inUse(path: string, { topology, component, task, pid }: Owner): TyphoonError {
  const message = `"${path}" is written by task ${task} of "${component}" in the topology "${topology}", process ${pid}`
  return new TyphoonError('OUTPUT_IN_USE', message, {
    where: { file: path },
    hint: 'give each sink a file of its own, or end the other run first',
  })
}
