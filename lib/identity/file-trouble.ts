/**
 * Files that a daemon keeps for itself: why one cannot be read or written, told with its path, the user that the daemon
 * runs as, and what to do; and how one is written, whole or not at all.
 */
import { statSync } from 'node:fs'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import type { ErrorCode } from '../errors/catalogue.ts'
import { isOutOfDescriptors, RAISE_LIMIT } from '../errors/out-of-descriptors.ts'
import { messageOf, TyphoonError } from '../errors/typhoon-error.ts'

/** What was to be done with a file. */
export type FileUse = 'read' | 'written' | 'removed' | 'used'

/** What of an error is another one than this file's. */
export interface FileTroubleOptions {
  /** FILE_UNUSABLE unless given. */
  readonly code?: ErrorCode
  /** What to do where the system gives no reason that is known. */
  readonly hint?: string
}

const UNLESS_GIVEN: Required<Pick<FileTroubleOptions, 'code'>> & FileTroubleOptions = { code: 'FILE_UNUSABLE' }

/** The error of the system as one of Typhoon; one of Typhoon stays as it is. */
export function fileTrouble(
  path: string,
  use: FileUse,
  cause: unknown,
  options: FileTroubleOptions = {},
): TyphoonError {
  if (cause instanceof TyphoonError) return cause
  const { code, hint } = { ...UNLESS_GIVEN, ...options }
  const known = reasonOf(path, use, cause)
  const message = `${path} cannot be ${use}: ${known?.why ?? messageOf(cause)}`
  return new TyphoonError(isOutOfDescriptors(cause) ? 'OUT_OF_DESCRIPTORS' : code, message, {
    where: { file: path },
    hint: known?.hint ?? hint ?? 'is there room, and may this user read and write there? Try it again then',
    cause,
  })
}

/** Whether it is the disk, or what the user may do there: not what came over the network to be written. */
export function isOfDisk(error: unknown): boolean {
  const { code } = Object(error) as { readonly code?: unknown }
  return OF_DISK.includes(code)
}

const OF_DISK: readonly unknown[] = ['EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EIO']

/** What of the system has thrown for a file that nobody has said more of; all else stays as it is. */
export function asFileTrouble(error: unknown): unknown {
  const { path, code, syscall } = Object(error) as NodeJS.ErrnoException
  const isOfFile = error instanceof Error && path !== undefined && syscall !== undefined && syscall !== 'connect'
  if (!isOfFile || error instanceof TyphoonError || syscall.startsWith('spawn') || code === 'ENOENT') return error
  return fileTrouble(path, 'used', error)
}

/** The text of a file; undefined where there is none. @throws FILE_UNUSABLE, or as the options say (rejects) */
export async function textIn(path: string, options?: FileTroubleOptions): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileTrouble(path, 'read', error, options)
  })
}

/**
 * Writes a file that only its owner reads, whole or not at all.
 * @throws FILE_UNUSABLE, or as the options say (rejects)
 */
export async function writePrivate(path: string, content: string, options?: FileTroubleOptions): Promise<void> {
  const half = `${path}.half`
  try {
    await writeFile(half, content, { mode: 0o600 })
    await rename(half, path)
  } catch (error) {
    await rm(half, { force: true }).catch(() => {})
    throw fileTrouble(path, 'written', error, options)
  }
}

interface Reason {
  readonly why: string
  readonly hint: string
}

function reasonOf(path: string, use: FileUse, cause: unknown): Reason | undefined {
  const { code } = Object(cause) as { readonly code?: unknown }
  const elsewhere = 'or name a folder that is elsewhere'
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return {
        why: `the user ${ownName()}, who runs this, may not (${code})`,
        hint: `${ownerOf(path)}let that user have it (chown, chmod), or run this as its owner`,
      }
    case 'ENOSPC':
      return { why: 'its disk is full (ENOSPC)', hint: `make room on that disk, ${elsewhere}` }
    case 'EDQUOT':
      return {
        why: `the user ${ownName()} has used up its quota of the disk (EDQUOT)`,
        hint: `raise the quota, or remove what that user does not need, ${elsewhere}`,
      }
    case 'EROFS':
      return {
        why: 'its file system is mounted to be read alone (EROFS)',
        hint: `mount it for writing, ${elsewhere}`,
      }
    case 'EMFILE':
    case 'ENFILE':
      return { why: `too many files are open (${code})`, hint: RAISE_LIMIT }
    case 'EIO':
      return { why: 'its disk fails (EIO)', hint: `look at the log of the system, and at the disk, ${elsewhere}` }
    case 'ENOTDIR':
    case 'EISDIR':
      return {
        why: `a folder is where a file should be, or a file where a folder should be (${code})`,
        hint: `look at what is there; ${use === 'read' ? 'put the right one there' : 'move it away'}, ${elsewhere}`,
      }
    default:
      return undefined
  }
}

/** `typhoon (uid 1000)` */
function ownName(): string {
  try {
    const { username, uid } = userInfo()
    return `${username} (uid ${uid})`
  } catch {
    // A user who has no name, as in a container.
    return `with uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/** Whose it is, or whose the folder is in which it would be. */
function ownerOf(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    try {
      const { uid, mode } = statSync(at)
      return `${at} is of uid ${uid}, with mode ${(mode & 0o7777).toString(8)}: `
    } catch {
      if (dirname(at) === at) return ''
    }
  }
}
