/**
 * Hosts on one machine: network namespaces, joined by a bridge in a namespace of their own, so that nothing touches the
 * network of the machine. Each host has an address, can be cut off, and loses all its processes at once. It needs root
 * and iproute2.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'

/** Names of other proofs that run at the same time are others. */
const PREFIX = `ty${process.pid % 100_000}`
const SWITCH = `${PREFIX}s`
/** The address of no interface. */
const NOBODY = '02:00:00:00:00:01'

/** One of them. */
export interface NetHost {
  readonly name: string
  readonly address: string
}

/** Why there can be none here; undefined where there can. */
export function hindrance(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux alone'
  const { status, stderr, error } = spawnSync('ip', ['netns', 'add', `${PREFIX}t`], { encoding: 'utf8' })
  if (error !== undefined) return `iproute2 is missing (${error.message})`
  if (status !== 0) return `no network namespace can be made: ${stderr.trim()}`
  ip('netns', 'del', `${PREFIX}t`)
  return undefined
}

export class Namespaces {
  readonly hosts: readonly NetHost[]

  constructor(count: number) {
    ip('netns', 'add', SWITCH)
    inside(SWITCH, 'link', 'add', 'br0', 'type', 'bridge')
    for (const name of ['br0', 'lo']) inside(SWITCH, 'link', 'set', name, 'up')
    this.hosts = Array.from({ length: count }, (_, at) => makeHost(at + 1))
  }

  /** Starts a program on a host. */
  spawn({ name }: NetHost, command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const all = ['netns', 'exec', name, ...command]
    return spawn('ip', all, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** What a program says that runs on a host; undefined where it fails. */
  output({ name }: NetHost, command: readonly string[]): Promise<string | undefined> {
    return new Promise((resolve) => {
      execFile('ip', ['netns', 'exec', name, ...command], (error, stdout) => {
        resolve(error === null ? stdout.trim() : undefined)
      })
    })
  }

  /** The processes of a host. */
  processesOf({ name }: NetHost): number[] {
    return ip('netns', 'pids', name).split('\n').filter(Boolean).map(Number)
  }

  /** All processes of a host end at once. */
  kill(host: NetHost): void {
    for (const pid of this.processesOf(host)) signalled(pid, 'SIGKILL')
  }

  /** Nothing goes to a host or comes from there, and nobody is told. */
  cut({ name }: NetHost): void {
    inside(SWITCH, 'link', 'set', linkOf(name), 'down')
  }

  heal({ name }: NetHost): void {
    inside(SWITCH, 'link', 'set', linkOf(name), 'up')
  }

  /** Nothing goes from one host to another one, and nobody is told. */
  cutFrom({ name }: NetHost, { address }: NetHost): void {
    inside(name, 'neigh', 'replace', address, 'lladdr', NOBODY, 'dev', 'eth0', 'nud', 'permanent')
  }

  healTo({ name }: NetHost, { address }: NetHost): void {
    inside(name, 'neigh', 'del', address, 'dev', 'eth0')
  }

  close(): void {
    for (const host of this.hosts) {
      this.kill(host)
      ip('netns', 'del', host.name)
    }
    ip('netns', 'del', SWITCH)
  }
}

/** One that has ended already is none. */
export function signalled(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function makeHost(number: number): NetHost {
  const host = { name: `${PREFIX}h${number}`, address: `10.77.0.${number}` }
  const link = linkOf(host.name)
  ip('netns', 'add', host.name)
  inside(SWITCH, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host.name)
  inside(SWITCH, 'link', 'set', link, 'master', 'br0', 'up')
  inside(host.name, 'addr', 'add', `${host.address}/24`, 'dev', 'eth0')
  for (const name of ['lo', 'eth0']) inside(host.name, 'link', 'set', name, 'up')
  return host
}

/** Of a network interface, which has fifteen characters at most. */
function linkOf(name: string): string {
  return `v${name.slice(-12)}`
}

function inside(namespace: string, ...args: readonly string[]): void {
  ip('-n', namespace, ...args)
}

function ip(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`)
  return stdout
}
