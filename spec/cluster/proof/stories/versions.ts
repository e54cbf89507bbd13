/**
 * A word count exactly once, while every daemon is restarted from one version to the next: nimbuses that stand by, the
 * one that leads, then supervisors, one after the other. A host of a version that speaks another protocol is refused.
 */
import type { Release } from '../hosts/releases.ts'
import { WordCount } from '../loads/word-count.ts'
import type { Stage, Story } from './story.ts'

export const VERSIONS: Story = {
  hasStore: true,
  release: 'older',
  async play(stage: Stage) {
    await stage.begin(new WordCount(stage.cluster, stage.folder))
    const { own, newer, foreign } = stage.releases()
    const found = [await roll(stage, own), await refuse(stage, foreign), await roll(stage, newer)]
    return found.join('') + (await stage.compare())
  },
}

/** @returns what is not as it should be */
async function roll(stage: Stage, { version, command }: Release): Promise<string> {
  const { cluster } = stage
  const workers = String(cluster.workers)
  cluster.command = command
  for (const host of cluster.standingBy)
    await stage.disturb(`a nimbus that stands by becomes ${version}`, async () => {
      await cluster.stopNimbus(host)
      await cluster.startNimbus(host)
    })
  const { host: first } = cluster.leader
  await stage.changeLeader(`the leader ends, and becomes ${version}`, async () => {
    await cluster.stopNimbus(first)
    await cluster.startNimbus(first)
  })
  const after = String(cluster.workers)
  for (const host of cluster.hosts)
    await stage.disturb(`the supervisor of ${cluster.nameOf(host)} becomes ${version}`, async () => {
      await cluster.stopSupervisor(host)
      await cluster.startSupervisor(host)
    })
  const { hosts } = JSON.parse(await cluster.ask('hosts', '--json')) as { hosts: readonly { version: string }[] }
  const versions = hosts.map((host) => host.version).join(', ')
  console.log(`hosts run ${versions}`)
  const kept = after === workers ? '' : `workers ${workers} have become ${after} while nimbuses were restarted\n`
  return hosts.every((host) => host.version === version) ? kept : `${kept}hosts run ${versions}\n`
}

/** @returns what is not as it should be */
async function refuse(stage: Stage, { command }: Release): Promise<string> {
  const { cluster } = stage
  const known = cluster.command
  const host = cluster.busyHost
  let isTold = false
  await stage.disturb(`${cluster.nameOf(host)} comes with another protocol, and is refused`, async () => {
    await cluster.stopSupervisor(host)
    cluster.command = command
    const supervisor = cluster.beginSupervisor(host)
    await supervisor.says(/error\[JOIN_REFUSED\]/)
    isTold = cluster.leader.hasSaid(/error\[JOIN_REFUSED\]/)
    await supervisor.end('SIGTERM')
    cluster.command = known
    await cluster.startSupervisor(host)
  })
  return isTold ? '' : 'the nimbus has not said that it has refused a host\n'
}
