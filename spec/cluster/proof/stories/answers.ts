/** Trident and a function, asked on every host while a worker, a host, and the nimbus that leads end. */
import { Calls } from '../loads/calls.ts'
import { TridentWords } from '../loads/trident-words.ts'
import type { Stage, Story } from './story.ts'

export const ANSWERS: Story = {
  hasStore: true,
  async play(stage: Stage) {
    const { cluster, folder } = stage
    await stage.begin(new Calls(cluster, folder))
    await stage.begin(new TridentWords(cluster, folder))
    await stage.disturb('a worker is killed', () => cluster.killWorker())
    const lost = cluster.busyHosts.at(-1)!
    await stage.disturb(`${cluster.nameOf(lost)} is killed, with all its processes`, async () => {
      cluster.net.kill(lost)
      await cluster.startNimbus(lost)
      await cluster.startSupervisor(lost)
    })
    const killed = cluster.leader
    await stage.changeLeader('the leader is killed', () => killed.signal('SIGKILL'))
    await stage.disturb('it begins again, and stands by', () => cluster.startNimbus(killed.host))
    const { host: told } = cluster.leader
    await stage.changeLeader('the leader is told to end', () => cluster.stopNimbus(told))
    return stage.compare()
  },
}
