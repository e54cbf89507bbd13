/**
 * Learns what a topology is without loading its code: a process of its own loads it, plans it and says what it is as
 * plain data. So nothing that a user has written runs in the process that leads all topologies.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Runnable } from '../../daemon/run-topology.ts'
import {
  DefinitionError,
  type Finding,
  messageOf,
  type Problem,
  TyphoonError,
  toFinding,
} from '../../errors/typhoon-error.ts'
import type { DefinitionSource } from '../../messaging/control.ts'
import { anything, flag, list, object, record, text } from '../../shape/guards.ts'
import type { Topology } from '../../topology/topology.ts'
import { validateTopology } from '../../topology/validate.ts'

const MODULE = fileURLToPath(new URL('./examiner.js', import.meta.url))
/** The pipe on which it answers: what the topology's code prints is something else. A fourth one is its lifeline. */
const ANSWER_FD = 3
const MOST_BYTES = 64 * 1024 * 1024
const LAST_WORDS_BYTES = 4000
const PATIENCE_MS = 120_000
const LINGER_MS = 1000
/** From then on others do not wait for it. */
const LONG_MS = 10_000

const plain = object({ name: text(), config: record(anything), components: record(record(anything)) })
const good = object({ topology: plain, isReplayable: flag, warnings: list(text()) })
const bad = object({ problems: list(anything) })

/** A topology, and what is allowed in it and probably not meant. */
export interface Examined extends Runnable {
  readonly warnings: readonly string[]
}

/**
 * Code that takes long is loaded behind all else: it may never come to an end.
 * @param folder the working directory
 * @param onLong called once where it takes long
 * @throws DefinitionError (rejects) with everything that is wrong with the topology; MODULE_FAILED where its code ends
 * the process or takes too long
 */
export async function examine(source: DefinitionSource, folder: string, onLong = (): void => {}): Promise<Examined> {
  const child = spawn(process.execPath, [MODULE], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    cwd: folder,
    detached: true,
  })
  const timer = setTimeout(() => kill(child), PATIENCE_MS)
  const longTimer = setTimeout(() => {
    giveWay(child)
    onLong()
  }, LONG_MS)
  let lateTimer: NodeJS.Timeout | undefined
  try {
    child.stdin!.on('error', () => {})
    child.stdin!.end(JSON.stringify(source))
    const ended = new Promise<string>((settle) => {
      child.once('error', (error) => settle(`it could not be started: ${messageOf(error)}`))
      child.once('exit', (code, signal) => {
        settle(signal === null ? `exit code ${code}` : `signal ${signal}`)
        kill(child)
        // Somebody may have left its group and hold its pipes open: all that it has said itself is in them.
        lateTimer = setTimeout(() => {
          for (const pipe of [child.stdio[ANSWER_FD], child.stderr]) pipe?.destroy()
        }, LINGER_MS)
      })
    })
    const [answer, lastWords, how] = await Promise.all([
      readAll(child.stdio[ANSWER_FD] as Readable, () => kill(child)),
      readEnd(child.stderr!),
      ended,
    ])
    return understood(source, answer, how, lastWords)
  } finally {
    clearTimeout(timer)
    clearTimeout(longTimer)
    clearTimeout(lateTimer)
    kill(child)
  }
}

function understood(source: DefinitionSource, answer: string, how: string, lastWords: string): Examined {
  const told = parse(answer)
  if (good(told)) {
    const topology = told.topology as unknown as Topology
    const problems = validated(topology)
    if (problems.length === 0) return { ...told, topology, source }
    throw new DefinitionError(problems)
  }
  if (bad(told)) throw new DefinitionError(told.problems as readonly Problem[])
  const said = lastWords.trim() === '' ? '' : `: ${lastWords.trim().split('\n').slice(-5).join(' | ')}`
  throw new TyphoonError('MODULE_FAILED', `the process that loads the topology ended by itself (${how})${said}`, {
    where: { file: source.file },
    hint: 'a module must not end its process, and must be loaded within two minutes',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function validated(topology: Topology): readonly Finding[] {
  try {
    return validateTopology(topology)
  } catch (error) {
    return [toFinding(error, 'NO_TOPOLOGY')]
  }
}

/** All that comes by a pipe, until it ends or is closed. */
function readAll(stream: Readable, onTooMuch: () => void): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_BYTES) onTooMuch()
    else chunks.push(chunk)
  })
  return closed(stream).then(() => Buffer.concat(chunks).toString())
}

function readEnd(stream: Readable): Promise<string> {
  let end = ''
  stream.on('data', (chunk: Buffer) => {
    end = (end + chunk.toString()).slice(-LAST_WORDS_BYTES)
  })
  return closed(stream).then(() => end)
}

function closed(stream: Readable): Promise<void> {
  return new Promise((settle) => {
    stream.on('error', () => {})
    stream.once('close', settle)
  })
}

/** It gets what others leave of the processors. */
function giveWay({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
  } catch {
    // It has ended.
  }
}

/** It, and what it has started. */
function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
