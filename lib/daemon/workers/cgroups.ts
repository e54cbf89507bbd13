/**
 * Limits of workers that the kernel of Linux keeps: a control group for each worker, below the one that this process is
 * in. A process that may not make one there says so once, and its workers run without.
 *
 * With version 2 a group that others are made in must hold no process itself: this process moves into a group of its
 * own beside them, as systemd wants it of a service with `Delegate=yes`. Hosts that have memory or processor time in a
 * hierarchy of version 1 are served there.
 *
 * The promise: a group goes with its worker; those that a run which was killed has left are removed by the next one.
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { makeFolder } from '../../identity/make-folder.ts'
import type { ResolvedConfig } from '../../topology/config/config.ts'

const MB = 1024 * 1024
const PREFIX = 'typhoon-'
/** The group of this process itself. */
const OWN = `${PREFIX}self`
/** A group is busy until the kernel has done with the last process in it. */
const REMOVALS = 50
const REMOVE_AGAIN_MS = 20
/** Of a processor share in version 1 that is what 100 is in version 2. */
const SHARES = 1024

/** What is wanted of each worker. */
export interface WorkerLimits {
  readonly memoryMb: number | null
  readonly cpuWeight: number | null
}

/** What the kernel says of the groups of this process, as `/proc/self` has it. */
export interface ProcFiles {
  readonly cgroup: string
  readonly mountinfo: string
}

/** Where groups are made for one of the two things that are limited. */
interface Place {
  readonly folder: string
  readonly version: 1 | 2
}

/** The group of one worker. */
export interface WorkerGroup {
  /** The kernel has ended a process in it for lack of memory. */
  readonly outOfMemory: boolean
  remove(): void
}

/** What the configuration wants; undefined: nothing that the kernel is to keep. */
export function limitsOf(config: ResolvedConfig): WorkerLimits | undefined {
  const memoryMb = config['topology.worker.memory.limit.mb']
  const cpuWeight = config['topology.worker.cpu.weight']
  return memoryMb === null && cpuWeight === null ? undefined : { memoryMb, cpuWeight }
}

export class Cgroups {
  readonly #limits: WorkerLimits
  readonly #memory: Place | undefined
  readonly #cpu: Place | undefined

  /** @throws LIMIT_UNAVAILABLE where this process may not make groups */
  constructor(limits: WorkerLimits, proc: ProcFiles = ownProcFiles()) {
    this.#limits = limits
    this.#memory = limits.memoryMb === null ? undefined : placeOf('memory', proc)
    this.#cpu = limits.cpuWeight === null ? undefined : placeOf('cpu', proc)
    for (const folder of new Set([this.#memory?.folder, this.#cpu?.folder])) if (folder !== undefined) tidy(folder)
  }

  /**
   * Puts a process, and all that it starts from now on, under the limits.
   * @param name of its group, which no other one has
   * @throws LIMIT_UNAVAILABLE
   */
  put(pid: number, name: string): WorkerGroup {
    const { memoryMb, cpuWeight } = this.#limits
    const made = new Set<string>()
    try {
      if (this.#memory !== undefined) {
        const folder = make(this.#memory, name, made)
        for (const [file, value] of memoryFiles(this.#memory, memoryMb!)) write(folder, file, value)
      }
      if (this.#cpu !== undefined) {
        const folder = make(this.#cpu, name, made)
        write(folder, ...cpuFile(this.#cpu, cpuWeight!))
      }
      for (const folder of made) write(folder, 'cgroup.procs', String(pid))
    } catch (cause) {
      for (const folder of made) remove(folder)
      throw unavailable(messageOf(cause), cause)
    }
    const memory = this.#memory
    return {
      get outOfMemory() {
        return memory !== undefined && killsIn(memory, join(memory.folder, groupName(name))) > 0
      },
      remove: () => {
        for (const folder of made) remove(folder)
      },
    }
  }
}

function memoryFiles({ version }: Place, mb: number): readonly (readonly [string, string])[] {
  const bytes = String(mb * MB)
  return version === 1 ? [['memory.limit_in_bytes', bytes]] : [['memory.max', bytes]]
}

function cpuFile({ version }: Place, weight: number): readonly [string, string] {
  return version === 1 ? ['cpu.shares', String(Math.ceil((weight * SHARES) / 100))] : ['cpu.weight', String(weight)]
}

/** How many processes of a group were ended for lack of memory. */
function killsIn({ version }: Place, folder: string): number {
  try {
    const said = readFileSync(join(folder, version === 1 ? 'memory.oom_control' : 'memory.events'), 'utf8')
    return Number(/^oom_kill (\d+)$/m.exec(said)?.[1] ?? 0)
  } catch {
    return 0
  }
}

function make({ folder }: Place, name: string, made: Set<string>): string {
  const path = join(folder, groupName(name))
  makeFolder(path)
  made.add(path)
  return path
}

function groupName(name: string): string {
  return `${PREFIX}${name}`
}

function write(folder: string, file: string, value: string): void {
  writeFileSync(join(folder, file), value)
}

function remove(folder: string, times = REMOVALS): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || times === 0) return
    setTimeout(() => remove(folder, times - 1), REMOVE_AGAIN_MS)
  }
}

/** Removes what is empty: a group that is in use cannot be removed. */
function tidy(folder: string): void {
  for (const name of readdirSync(folder)) if (name.startsWith(PREFIX) && name !== OWN) remove(join(folder, name), 0)
}

function ownProcFiles(): ProcFiles {
  try {
    return {
      cgroup: readFileSync('/proc/self/cgroup', 'utf8'),
      mountinfo: readFileSync('/proc/self/mountinfo', 'utf8'),
    }
  } catch (cause) {
    throw unavailable('this system has no control groups', cause)
  }
}

/** @throws LIMIT_UNAVAILABLE */
function placeOf(controller: 'memory' | 'cpu', { cgroup, mountinfo }: ProcFiles): Place {
  const mounts = mountinfo.split('\n').flatMap(mountIn)
  const two = mounts.find(({ type }) => type === 'cgroup2')
  const inTwo = two === undefined ? undefined : groupIn(two, /^0::(.*)$/m.exec(cgroup)?.[1])
  if (inTwo !== undefined && controllersOf(inTwo).includes(controller))
    return { folder: delegated(inTwo, controller), version: 2 }
  const one = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller))
  const own = cgroup.split('\n').find((line) => line.split(':')[1]?.split(',').includes(controller))
  const inOne = one === undefined ? undefined : groupIn(one, own?.split(':').slice(2).join(':'))
  if (inOne !== undefined) return { folder: inOne, version: 1 }
  throw unavailable(`no control group of this process takes limits of ${controller}`)
}

interface Mount {
  readonly root: string
  readonly point: string
  readonly type: string
  readonly options: readonly string[]
}

/** `36 35 98:0 /root /point rw,noatime - cgroup name rw,memory` */
function mountIn(line: string): Mount[] {
  const [own = '', rest = ''] = line.split(' - ')
  const [, , , root, point] = own.split(' ')
  const [type, , options = ''] = rest.split(' ')
  if (root === undefined || point === undefined || type === undefined) return []
  return [{ root, point, type, options: options.split(',') }]
}

/** The folder of a group of which the kernel says this path; undefined where it is not in what is mounted. */
function groupIn({ root, point }: Mount, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const within =
    root === '/' ? path : path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : undefined
  const folder = within === undefined ? undefined : join(point, within)
  return folder !== undefined && existsSync(folder) ? folder : undefined
}

function controllersOf(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' ')
  } catch {
    return []
  }
}

/** The group in which those of workers are made: this process has left it, and it hands the controller on. */
function delegated(own: string, controller: string): string {
  const base = basename(own) === OWN ? dirname(own) : own
  try {
    if (base === own) {
      makeFolder(join(base, OWN))
      write(join(base, OWN), 'cgroup.procs', String(process.pid))
    }
    write(base, 'cgroup.subtree_control', `+${controller}`)
    return base
  } catch (cause) {
    throw unavailable(`${base} cannot be divided: ${messageOf(cause)}`, cause)
  }
}

function unavailable(why: string, cause?: unknown): TyphoonError {
  return new TyphoonError('LIMIT_UNAVAILABLE', `the workers run without the limits of a control group: ${why}`, {
    hint: 'under systemd set Delegate=yes for the service; topology.worker.max.heap.size.mb needs no control group',
    cause,
  })
}
