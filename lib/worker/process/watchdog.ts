/**
 * The watching thread of a worker process, see `pulse.ts`. It writes by itself, for the main thread may be blocked: to
 * stderr what a person is to know, to the lifeline what the nimbus is. A loop that stays blocked is ended, with the
 * whole process.
 */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { type Blocked, LIFELINE_FD, type RootId } from '../../messaging/control.ts'
import { countersReported, ROOTS } from '../../stats/counters.ts'
import { printable } from '../../words/printable.ts'
import { tellParent } from './lifeline.ts'
import { BEATS, type PulseData, type PulseLimits, type PulsePlan, ROOT, TASK } from './pulse.ts'

const GRACE_MS = 1000
const STDERR_FD = 2

const { shared } = workerData as PulseData

let plan: PulsePlan = { components: [], counters: [] }
/** Before the loop runs a worker may load and prepare for as long as the nimbus waits for it. */
let isRunning = false
/** The root in hand, and for how long it has been. */
let inHand: RootId = { high: 0, low: 0 }
let inHandMs = 0

parentPort!.postMessage('watching')
parentPort!.on('message', (message: PulseLimits | PulsePlan | 'running' | 'held') => {
  if (message === 'running' || message === 'held') isRunning = message === 'running'
  else if ('beatMs' in message) watch(message)
  else plan = message
})

const lifeline = new Socket({ fd: LIFELINE_FD })
lifeline.on('error', () => {})
lifeline.on('close', () => setTimeout(end, GRACE_MS))
lifeline.resume()

function watch({ stallMs, limitMs, aliveMs, beatMs }: PulseLimits): void {
  let beats = -1
  let lookedAt = performance.now()
  /** Counted in looks: a process that was stopped as a whole has not blocked anything. */
  let blockedMs = 0
  let tellAtMs = stallMs
  let reportAtMs = aliveMs
  const look = (): void => {
    const now = performance.now()
    const latest = Atomics.load(shared, BEATS)
    if (latest === beats) blockedMs += Math.min(now - lookedAt, 2 * beatMs)
    else {
      if (tellAtMs > stallMs) say(`the event loop goes on; it was blocked for ${seconds(blockedMs)}`)
      blockedMs = 0
      tellAtMs = stallMs
      reportAtMs = aliveMs
    }
    const root = { high: shared[ROOT]!, low: shared[ROOT + 1]! }
    const isSame = root.high === inHand.high && root.low === inHand.low
    inHandMs = isSame ? inHandMs + Math.min(now - lookedAt, 2 * beatMs) : 0
    inHand = root
    beats = latest
    lookedAt = now
    const ends = isRunning && blockedMs >= limitMs
    const what = `blocked for ${seconds(blockedMs)}${byWhom()}`
    const tells = isRunning && blockedMs > tellAtMs
    if (tells || ends || blockedMs > reportAtMs)
      tellParent({ how: `its event loop was ${what}`, ends, ...culprit(blockedMs - 4 * beatMs), tasks: spouts() })
    if (blockedMs > reportAtMs) reportAtMs += aliveMs
    if (!tells && !ends) return
    tellAtMs *= 2
    say(
      `the event loop has been ${what}; the worker is ${ends ? 'ended (topology.worker.stall.limit.secs)' : 'not dead'}`,
    )
    // What it has in hand is reported to its spout before its links break.
    if (ends) setTimeout(end, beatMs)
  }
  setInterval(look, beatMs)
}

/** Ends this process, and whatever its components have started: it leads a group of its own. */
function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.kill(process.pid, 'SIGKILL')
  }
}

function byWhom(): string {
  const task = shared[TASK]!
  return task === 0 ? '' : ` by "${plan.components[task - 1]}" (task ${task})`
}

/** The root in hand, where it has been so for so long: the first looks may have seen the one before. */
function culprit(leastMs: number): { readonly root?: RootId } {
  return inHand.high !== 0 && inHandMs >= leastMs ? { root: inHand } : {}
}

/** The counters of the spouts as they are now; the main thread cannot send them. */
function spouts(): Blocked['tasks'] {
  return plan.counters.flatMap(({ task, values }) =>
    values[ROOTS] === 0 ? [] : [{ task, component: plan.components[task - 1]!, counters: countersReported(values) }],
  )
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function say(text: string): void {
  try {
    writeSync(STDERR_FD, `warning: ${printable(text)}\n`)
  } catch {
    // Nobody reads, and the pipe is full.
  }
}
