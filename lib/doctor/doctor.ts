/**
 * What is wrong with a topology, in sentences: rules over the figures of a window. Pure; it measures nothing.
 *
 * Each finding has its numbers in it, so that nobody has to believe it: they are those that the page and `/metrics`
 * show.
 */
import { findFailures } from './failures.ts'
import { FINDINGS, type Finding, type Looked, SEVERITIES } from './finding.ts'
import { findHealth } from './health.ts'
import { findLoad } from './load.ts'

/** The gravest first. */
export function findingsIn(looked: Looked): Finding[] {
  const all = [...findFailures(looked), ...findLoad(looked), ...findHealth(looked)]
  const codes = Object.keys(FINDINGS)
  const rank = ({ severity, code }: Finding): number => SEVERITIES.indexOf(severity) * 100 + codes.indexOf(code)
  return all.sort((one, other) => rank(one) - rank(other))
}
