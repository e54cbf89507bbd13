/** What has gone through a component and between workers within a window, from what a history keeps. Pure. */
import { inputName } from '../stats/failed-inputs.ts'
import type { ComponentMetrics, WorkerMetrics } from '../stats/metrics.ts'
import { perSecond } from '../stats/rates.ts'
import type { ComponentId, WorkerId } from '../tuple/ids.ts'
import type { InputFigures, LinkFigures, StreamFigures } from './figures.ts'
import { type Kept, partName } from './kept.ts'

/** Which part of what is kept. */
export interface Part {
  readonly kept: Kept
  readonly ring: number
  readonly places: readonly number[]
  /** For how long there were figures in it. */
  readonly elapsedMs: number
}

/** What a component has emitted. */
export function streamsOf(
  { kept, ring, places }: Part,
  id: ComponentId,
  { streams }: ComponentMetrics,
): StreamFigures[] {
  return streams.map(({ stream }) => {
    const over = kept.streams.get(partName(id, stream))?.over(ring, places)
    return { stream, emitted: over?.emitted ?? 0, transferred: over?.transferred ?? 0 }
  })
}

/** What has come to it. */
export function inputsOf({ kept, ring, places }: Part, id: ComponentId, { inputs }: ComponentMetrics): InputFigures[] {
  return inputs.map((input) => {
    const over = kept.inputs.get(partName(id, inputName(input)))?.over(ring, places)
    return {
      ...{ component: input.component, stream: input.stream, failed: over?.failed ?? 0 },
      ...(input.sent === undefined ? {} : { sent: over?.sent ?? 0 }),
      ...(input.acked === undefined ? {} : { acked: over?.acked ?? 0 }),
    }
  })
}

/** What a worker has sent to others. */
export function linksOf(
  { kept, ring, places, elapsedMs }: Part,
  id: WorkerId,
  { links }: WorkerMetrics,
): LinkFigures[] {
  return links.map(({ worker, waitingBytes }) => {
    const over = kept.links.get(partName(id, worker))?.over(ring, places)
    const sentBytes = over?.sentBytes ?? 0
    const rates = { sentBytes, bytesPerSecond: perSecond(0, sentBytes, elapsedMs) }
    return { worker, ...rates, waitingBytes, mostWaitingBytes: over?.waitingBytes ?? 0 }
  })
}
