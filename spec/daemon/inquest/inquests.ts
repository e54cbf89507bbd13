/** An inquest whose workers, spouts and clock are the test's. */
import { Inquest } from '../../../lib/daemon/inquest/inquest.ts'
import { SimulatedClock } from '../../../lib/testing/simulated/simulated-clock.ts'

/** Two workers: spout task 1 lives in worker 1, spout task 2 in worker 2. */
export function inquest({ acked = false } = {}) {
  const clock = new SimulatedClock()
  const told: string[] = []
  const hows: string[] = []
  let round = 0
  let ready = true
  const it = new Inquest({
    workerCount: () => 2,
    now: () => clock.now(),
    after: (ms, call) => clock.after(ms, call),
    setTrials: (on) => told.push(`trials ${on ? 'on' : 'off'}`),
    letGo: (task, trial, count) => told.push(`trial ${trial}: ${count} of ${task}`),
    goOn: (task, trial) => told.push(`go on ${task} after trial ${trial}`),
    condemn: (task, worker, names, how) => {
      told.push(`condemn ${names.join(' or ')} of ${task} for ${worker}`)
      hows.push(how)
      it.condemned(task)
    },
    condemnRoot({ high, low }, { worker }) {
      if (high === worker) return false
      told.push(`condemn root ${low} of ${high} for ${worker}`)
      return true
    },
    ping(asked) {
      round = asked
      told.push('ping')
      return true
    },
    areAllReady: () => ready,
    onProgress: () => told.push('progress'),
    anyAcked: () => acked,
  })
  return {
    it,
    clock,
    /** How the workers died of what was condemned. */
    hows,
    die: (worker: number, suspicious = false, place?: string) =>
      it.died(worker, [worker], suspicious, { how: `died at ${place}`, place, own: true }),
    /** Perhaps by somebody outside. */
    killed: (worker: number) =>
      it.died(worker, [worker], true, { how: 'signal SIGKILL', place: undefined, own: false }),
    answer: (worker: number) => it.answered(worker, round),
    setReady(all: boolean): void {
      ready = all
      if (all) it.ready()
    },
    /** Each of these roots has one name. */
    stage: (task: number, names: readonly string[]) =>
      it.staged(
        task,
        names.map((name) => [name]),
      ),
    /** What was told since the last time. */
    told: () => told.splice(0),
  }
}
