/** A word count exactly once, through everything that can happen to hosts that one nimbus leads. */

import { signalled } from '../hosts/namespaces.ts'
import { WordCount } from '../loads/word-count.ts'
import type { Stage, Story } from './story.ts'

export const ONE_NIMBUS: Story = {
  async play(stage: Stage) {
    const { cluster } = stage
    const words = new WordCount(cluster, stage.folder)
    await stage.begin(words)
    await stage.disturb('a worker is killed', () => cluster.killWorker())
    const lost = cluster.busyHost
    await stage.disturb(`${cluster.nameOf(lost)} is killed, with all its processes`, () => cluster.net.kill(lost))
    await stage.disturb(`${cluster.nameOf(lost)} comes again`, () => cluster.startSupervisor(lost))
    await stage.disturb('the nimbus is killed, and begins again', async () => {
      await cluster.leader.end('SIGKILL')
      await cluster.startNimbus(cluster.leader.host)
    })
    const cut = cluster.busyHost
    await stage.disturb(`${cluster.nameOf(cut)} is cut off`, () => cluster.net.cut(cut))
    await stage.disturb(`${cluster.nameOf(cut)} is reached again`, () => cluster.net.heal(cut))
    const frozen = cluster.busyHost
    const pids = cluster.net.processesOf(frozen)
    const each = (signal: NodeJS.Signals) => (): void => {
      for (const pid of pids) signalled(pid, signal)
    }
    await stage.disturb(`${cluster.nameOf(frozen)} stands still`, each('SIGSTOP'))
    await stage.disturb(`${cluster.nameOf(frozen)} goes on`, each('SIGCONT'))
    const left = cluster.busyHost
    await stage.disturb(`the supervisor of ${cluster.nameOf(left)} is stopped`, () => cluster.stopSupervisor(left))
    await cluster.startSupervisor(left)
    await stage.disturb('from 2 workers to 4', async () => {
      console.log((await cluster.ask('rebalance', 'words', '-n', '4', '--json')).trim())
    })
    await stage.disturb('another revision of a bolt', async () => console.log(await words.update()))
    return stage.compare()
  },
}
