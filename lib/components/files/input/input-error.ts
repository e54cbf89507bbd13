/**
 * What is wrong with an input file: an error of its own kind, so that a spout that goes on without the file knows it
 * from one of its stream.
 */
import { messageOf, TyphoonError } from '../../../errors/typhoon-error.ts'

/** An input file is gone, cannot be read or unpacked, is another one than before, or has a line that is too long. */
export class InputError extends TyphoonError {}

/** The file was there before, or at least was listed. */
export function gone(path: string, cause: unknown): InputError {
  return new InputError('PARTITION_GONE', `"${path}" has disappeared while it was being read`, {
    where: { file: path },
    hint: 'put the file back as it was, and it is read on from where it was left',
    cause,
  })
}

/** It is there, and the system does not let us read it. */
export function unreadable(path: string, cause: unknown): InputError {
  return new InputError('FILE_NOT_FOUND', `"${path}" cannot be read: ${messageOf(cause)}`, {
    where: { file: path },
    hint: 'is it a file, and may this user read it?',
    cause,
  })
}

/** @param what in which way it is another file, going on from its name */
export function changed(path: string, what: string): InputError {
  return new InputError('INPUT_CHANGED', `"${path}" ${what}`, {
    where: { file: path },
    hint: 'files may be added and appended to, whole lines at a time; put the file back as it was, or begin anew with --fresh',
  })
}

/** What comes after the bytes that were unpacked is lost. */
export function damaged(path: string, cause: unknown): InputError {
  return new InputError('INPUT_DAMAGED', `"${path}" cannot be unpacked to its end: ${messageOf(cause)}`, {
    where: { file: path },
    hint: 'it was cut off or changed on its way; get it again',
    cause,
  })
}

/** @param from where the line begins @param to where it ends @param limit bytes that it may have */
export function tooLong(path: string, from: number, to: number, limit: number): InputError {
  const message = `"${path}" has a line of more than ${limit} bytes, from byte ${from} to ${to}; it is left out`
  return new InputError('TUPLE_TOO_LARGE', message, { where: { file: path }, hint: 'is it a text file?' })
}

/** @param offset where the first line with such bytes begins */
export function invalidText(path: string, encoding: string, offset: number): InputError {
  const message = `"${path}" is not valid ${encoding} in the line at byte ${offset}; what cannot be read is replaced by U+FFFD`
  return new InputError('INVALID_TEXT', message, {
    where: { file: path },
    hint: 'set the option encoding to that of the file; the counter invalidCharacters says how much cannot be read',
  })
}
