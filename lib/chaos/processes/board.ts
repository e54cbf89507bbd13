/**
 * What is up with each worker, in a folder that a run and its workers share: the run writes it, each worker reads its
 * own file many times a second. No port is opened for it, and nothing is said on a wire.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ProcessIdentity, processOf } from '../../identity/process-identity.ts'

/** What is up with a worker now. */
export interface Effects {
  /** Its links are cut, and none are made. */
  readonly isCut: boolean
  /** By how much what goes to it is late, milliseconds. */
  readonly lateMs: number
  /** Nothing can be written to files. */
  readonly isFull: boolean
  /** By how much its date is wrong, milliseconds. */
  readonly dateMs: number
}

/** Nothing is up. */
export const CALM: Effects = { isCut: false, lateMs: 0, isFull: false, dateMs: 0 }

/** From now on this is up with a worker: all of it at once. */
export function putUp(folder: string, worker: number, effects: Effects): void {
  const file = effectsFile(folder, worker)
  writeFileSync(`${file}.new`, JSON.stringify(effects))
  renameSync(`${file}.new`, file)
}

/** What is up with a worker. @param before where nothing new can be read */
export function readUp(folder: string, worker: number, before: Effects): Effects {
  try {
    return JSON.parse(readFileSync(effectsFile(folder, worker), 'utf8')) as Effects
  } catch {
    return before
  }
}

/** This process is that of a worker now. */
export function signIn(folder: string, worker: number): void {
  const file = processFile(folder, worker)
  writeFileSync(`${file}.new`, JSON.stringify(processOf(process.pid)))
  renameSync(`${file}.new`, file)
}

/** The process of a worker; undefined where none has come yet. */
export function signedIn(folder: string, worker: number): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(processFile(folder, worker), 'utf8')) as ProcessIdentity
  } catch {
    return undefined
  }
}

function effectsFile(folder: string, worker: number): string {
  return join(folder, `up-${worker}.json`)
}

function processFile(folder: string, worker: number): string {
  return join(folder, `process-${worker}.json`)
}
