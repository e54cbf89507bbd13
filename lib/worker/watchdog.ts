/** The watching thread of a worker process, see `pulse.ts`. It writes to stderr by itself, for the main thread may be blocked. */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { BEATS, type PulseData, TASK } from './pulse.ts'

const LOOK_MS = 100
const GRACE_MS = 1000
const LIFELINE_FD = 3
const STDERR_FD = 2

const { shared, stallMs } = workerData as PulseData

let components: readonly string[] = []
parentPort!.on('message', (names: readonly string[]) => {
  components = names
})

let beats = -1
let since = performance.now()
let told = false

setInterval(() => {
  const now = performance.now()
  const latest = Atomics.load(shared, BEATS)
  if (latest !== beats) {
    if (told) say(`the event loop goes on; it was blocked for ${seconds(now - since)}`)
    beats = latest
    since = now
    told = false
  } else if (!told && now - since > stallMs) {
    told = true
    say(`the event loop has been blocked for ${seconds(now - since)}${byWhom()}; the worker is not dead`)
  }
}, LOOK_MS)

const lifeline = new Socket({ fd: LIFELINE_FD })
lifeline.on('error', () => {})
lifeline.on('close', () => setTimeout(end, GRACE_MS))
lifeline.resume()

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
  return task === 0 ? '' : ` by "${components[task - 1]}" (task ${task})`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function say(text: string): void {
  try {
    writeSync(STDERR_FD, `warning: ${text}\n`)
  } catch {
    // Nobody reads stderr, and the pipe is full.
  }
}
