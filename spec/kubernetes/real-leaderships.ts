/**
 * Where nimbuses meet in a real cluster: a namespace of their own, with what an export writes there, and with no more
 * rights than those.
 */
import { Names } from '../../lib/export/kubernetes/manifests/names.ts'
import { keptManifests, rightsManifests } from '../../lib/export/kubernetes/manifests/rights.ts'
import { KubernetesLeadership } from '../../lib/nimbus/leadership/kubernetes/kubernetes-leadership.ts'
import { realClock } from '../../lib/util/time/real-clock.ts'
import type { Place } from '../contract/leaderships.ts'
import { accessIn, Objects } from './objects.ts'

let count = 0

/** @param kubeconfig of an administrator */
export async function realPlace(kubeconfig: string): Promise<Place> {
  const name = `contract-${process.pid}-${++count}`
  await new Objects(accessIn(kubeconfig, 'default')).create({ kind: 'Namespace', metadata: { name } })
  const objects = new Objects(accessIn(kubeconfig, name))
  const names = new Names('words', undefined)
  for (const manifest of [...rightsManifests(names), ...keptManifests(names)]) await objects.create(manifest)
  const access = await objects.accessAs('words-nimbus')
  const times = { durationMs: 60_000, deadlineMs: 50_000, everyMs: 100 }
  return { open: () => new KubernetesLeadership({ access, cluster: 'words', clock: realClock, times }) }
}
