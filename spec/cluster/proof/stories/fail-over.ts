/** A word count exactly once, while the nimbus that leads is lost in every way, and another one goes on. */
import type { NetHost } from '../hosts/namespaces.ts'
import { WordCount } from '../loads/word-count.ts'
import type { Stage, Story } from './story.ts'

/** Of a nimbus that led, and leads no more. */
const LOST = 1

export const FAIL_OVER: Story = {
  hasStore: true,
  async play(stage: Stage) {
    const { cluster } = stage
    await stage.begin(new WordCount(cluster, stage.folder))

    const killed = cluster.leader
    await stage.changeLeader('the leader is killed', () => killed.signal('SIGKILL'))
    await cluster.startNimbus(killed.host)

    const written = await standStill(stage)

    const cut = cluster.leader
    const { net, etcd } = cluster
    await stage.changeLeader('the leader is cut off from etcd', () => net.cutFrom(cut.host, etcd.host))
    const code = await cut.ended
    net.healTo(cut.host, etcd.host)
    await cluster.startNimbus(cut.host)

    const { host: alone } = cluster.leader
    await stage.changeLeader('the host of the leader is cut off', () => net.cut(alone))
    await stage.disturb('it is reached again, and its nimbus begins again', () => comeAgain(stage, alone))

    const { host: lost } = cluster.leader
    await stage.changeLeader('the host of the leader is killed, with all its processes', () => net.kill(lost))
    await stage.disturb('it comes again', async () => {
      await cluster.startNimbus(lost)
      await cluster.startSupervisor(lost)
    })

    const { host: told } = cluster.leader
    await stage.changeLeader('the leader is told to end', () => cluster.stopNimbus(told))
    const differs = await stage.compare()
    if (code !== LOST) return `a leader that was cut off has ended with ${code}\n${differs}`
    return written + differs
  },
}

/** @returns what a leader has written that stood still while another one took its place, '' where that is nothing */
async function standStill(stage: Stage): Promise<string> {
  const { cluster } = stage
  const { etcd, leader } = cluster
  await stage.changeLeader('the leader stands still', () => leader.signal('SIGSTOP'))
  let differs = ''
  await stage.disturb('it goes on, and ends', async () => {
    const before = await etcd.changes()
    leader.signal('SIGCONT')
    const code = await leader.ended
    const after = await etcd.changes()
    if (code !== LOST) differs = `a leader that stood still has ended with ${code}\n`
    if (after !== before) differs += `what is in etcd has changed:\n${before}\n${after}\n`
  })
  await cluster.startNimbus(leader.host)
  return differs
}

async function comeAgain({ cluster }: Stage, host: NetHost): Promise<void> {
  await cluster.nimbusOn(host).ended
  cluster.net.heal(host)
  await cluster.startNimbus(host)
}
