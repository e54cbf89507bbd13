/** What is wrong with a topology, from what it has done over time. */
import { findingsIn } from '../doctor/doctor.ts'
import type { Edge, Finding } from '../doctor/finding.ts'
import type { History } from '../history/history.ts'
import type { Window } from '../history/windows.ts'
import { type OutOfStep, outOfStep } from '../topology/out-of-step.ts'
import type { Topology } from '../topology/topology.ts'

/** The gravest first. @param topology undefined where its code is not loaded yet */
export function findingsOver(history: History, topology: Topology | undefined, window: Window, now: Date): Finding[] {
  const nowMs = now.getTime()
  const sinceMs = window === 'all' ? 0 : nowMs - Number(window) * 1000
  const events = history.timeline.all.filter(({ time }) => Date.parse(time) >= sinceMs)
  const edges = topology === undefined ? [] : edgesOf(topology)
  const reasons = topology === undefined ? {} : outOfStepIn(topology)
  return findingsIn({ figures: history.window(window, nowMs), edges, outOfStep: reasons, events })
}

function outOfStepIn(topology: Topology): Record<string, OutOfStep> {
  const found = Object.keys(topology.components).map((id) => [id, outOfStep(topology, id)] as const)
  return Object.fromEntries(found.flatMap(([id, reason]) => (reason === undefined ? [] : [[id, reason]])))
}

function edgesOf({ components }: Topology): Edge[] {
  return Object.entries(components).flatMap(([to, { inputs }]) =>
    inputs.map(({ component, grouping }) => ({ from: component, to, grouping: grouping.type })),
  )
}
