/**
 * A network of its own in one machine: network namespaces, joined by a bridge inside of one of them, so that nothing of
 * it touches the network of the machine. The control plane is in that one, and each pod has one.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'

/** The address of the control plane. */
export const CONTROL_ADDRESS = '10.78.0.254'

/** Needs root, and ip(8). */
export class PodNetwork {
  /** Of the namespace of the control plane; those of pods begin with it. */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  up(): void {
    ip('netns', 'add', this.name)
    for (const args of [
      ['link', 'add', 'br0', 'type', 'bridge'],
      ['link', 'set', 'br0', 'up'],
      ['link', 'set', 'lo', 'up'],
      ['addr', 'add', `${CONTROL_ADDRESS}/16`, 'dev', 'br0'],
    ])
      ip('-n', this.name, ...args)
  }

  /** Of a pod: the namespace is `name`, and has `address`. */
  add(name: string, address: string, hosts: string): void {
    const cable = `v${name.slice(this.name.length)}`
    ip('netns', 'add', name)
    ip('-n', this.name, 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    ip('-n', this.name, 'link', 'set', cable, 'master', 'br0', 'up')
    ip('-n', name, 'link', 'set', 'lo', 'up')
    ip('-n', name, 'addr', 'add', `${address}/16`, 'dev', 'eth0')
    ip('-n', name, 'link', 'set', 'eth0', 'up')
    mkdirSync(`/etc/netns/${name}`, { recursive: true })
    this.setHosts(name, hosts)
  }

  /** What /etc/hosts says in a pod. It is written over, not replaced: the pod has the file itself. */
  setHosts(name: string, hosts: string): void {
    writeFileSync(`/etc/netns/${name}/hosts`, hosts)
  }

  /** Ends all processes of a pod. */
  remove(name: string): void {
    killAll(name)
    quietly(() => ip('netns', 'del', name))
    rmSync(`/etc/netns/${name}`, { recursive: true, force: true })
  }

  /** All of it, and all processes in it; first those that would start others again. */
  down(): void {
    killAll(this.name)
    for (const name of [...this.pods(), this.name]) this.remove(name)
  }

  /** Namespaces of pods. */
  pods(): string[] {
    const names = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n')
    return names.map((line) => line.split(' ')[0]!).filter((name) => name.startsWith(`${this.name}x`))
  }
}

/** Ends the processes of a namespace, with SIGKILL. */
export function killAll(namespace: string): void {
  for (const pid of pidsIn(namespace)) quietly(() => process.kill(pid, 'SIGKILL'))
}

/** The processes of a namespace; none where there is no such one. */
export function pidsIn(namespace: string): number[] {
  const { stdout, status } = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n').filter(Boolean).map(Number) : []
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // It is gone already.
  }
}
