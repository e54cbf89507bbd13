/** Control groups of workers, in a folder that is laid out as the kernel lays them out. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Cgroups, type ProcFiles, type WorkerLimits } from '../../../lib/daemon/workers/cgroups.ts'
import { folderOf } from '../../folder.ts'

const BOTH: WorkerLimits = { memoryMb: 100, cpuWeight: 50 }
const MB = 1024 * 1024

/** Files below a folder that stands for the mounts. */
function laidOut(t: ExecutionContext, files: Readonly<Record<string, string>>) {
  const root = folderOf(t)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return { root, read: (path: string): string => readFileSync(join(root, path), 'utf8') }
}

function two(root: string, path: string, below = '/'): ProcFiles {
  return { cgroup: `0::${path}\n`, mountinfo: `30 23 0:26 ${below} ${root} rw - cgroup2 cgroup2 rw\n` }
}

test('with version 2 this process leaves its group for one beside those of the workers', (t) => {
  const { root, read } = laidOut(t, { 'a.service/cgroup.controllers': 'cpu memory pids\n' })
  const groups = new Cgroups(BOTH, two(root, '/a.service'))
  t.is(read('a.service/typhoon-self/cgroup.procs'), String(process.pid))
  t.is(read('a.service/cgroup.subtree_control'), '+cpu')
  const group = groups.put(1234, 'run-1-1')
  const of = (file: string): string => read(`a.service/typhoon-run-1-1/${file}`)
  t.deepEqual([of('memory.max'), of('cpu.weight'), of('cgroup.procs')], [String(100 * MB), '50', '1234'])
  t.false(group.outOfMemory)
  writeFileSync(join(root, 'a.service/typhoon-run-1-1/memory.events'), 'low 0\noom 1\noom_kill 1\n')
  t.true(group.outOfMemory)
})

test('a process that has moved there once makes further groups where the first were', (t) => {
  const { root } = laidOut(t, {
    'a/cgroup.controllers': 'memory',
    'a/typhoon-self/cgroup.controllers': 'memory',
  })
  new Cgroups({ memoryMb: 100, cpuWeight: null }, two(root, '/a/typhoon-self')).put(1, 'x')
  t.true(existsSync(join(root, 'a/typhoon-x/memory.max')))
  t.false(existsSync(join(root, 'a/typhoon-x/cpu.weight')))
})

test('where only a part of the hierarchy is mounted, as in a container, its path is meant from there', (t) => {
  const { root } = laidOut(t, { 'inner/cgroup.controllers': 'memory' })
  new Cgroups({ memoryMb: 100, cpuWeight: null }, two(root, '/docker/1/inner', '/docker/1')).put(1, 'x')
  t.true(existsSync(join(root, 'inner/typhoon-x/memory.max')))
})

test('a host that has memory and processor time in version 1 is served there', (t) => {
  const { root, read } = laidOut(t, { 'memory/own/tasks': '', 'cpu/tasks': '', 'unified/cgroup.controllers': '' })
  const mount = (name: string, type: string): string => `1 2 0:3 / ${root}/${name} rw - ${type} c rw,${name}\n`
  const groups = new Cgroups(BOTH, {
    cgroup: '4:memory:/own\n1:cpu:/\n0::/\n',
    mountinfo: `${mount('memory', 'cgroup')}${mount('cpu', 'cgroup')}${mount('unified', 'cgroup2')}`,
  })
  const group = groups.put(1234, 'x')
  t.is(read('memory/own/typhoon-x/memory.limit_in_bytes'), String(100 * MB))
  t.is(read('cpu/typhoon-x/cpu.shares'), '512')
  t.is(read('memory/own/typhoon-x/cgroup.procs'), '1234')
  t.is(read('cpu/typhoon-x/cgroup.procs'), '1234')
  writeFileSync(join(root, 'memory/own/typhoon-x/memory.oom_control'), 'under_oom 0\noom_kill 2\n')
  t.true(group.outOfMemory)
})

test('a group that is empty goes with its worker, and what was left is removed by the next run', (t) => {
  const { root } = laidOut(t, { 'a/cgroup.controllers': 'memory' })
  mkdirSync(join(root, 'a/typhoon-left'))
  mkdirSync(join(root, 'a/typhoon-self'))
  new Cgroups({ memoryMb: 100, cpuWeight: null }, two(root, '/a'))
  t.false(existsSync(join(root, 'a/typhoon-left')))
  t.true(existsSync(join(root, 'a/typhoon-self')))
})

test('whoever may make none is told so', (t) => {
  const { root } = laidOut(t, { 'a/cgroup.controllers': 'memory', 'b/cgroup.controllers': 'pids', file: '' })
  const code = 'LIMIT_UNAVAILABLE'
  t.throws(() => new Cgroups(BOTH, two(root, '/b')), { code })
  t.throws(() => new Cgroups(BOTH, two(root, '/nowhere')), { code })
  t.throws(() => new Cgroups(BOTH, { cgroup: '', mountinfo: '' }), { code })
  writeFileSync(join(root, 'a/typhoon-self'), 'a file stands in the way')
  t.throws(() => new Cgroups({ memoryMb: 1, cpuWeight: null }, two(root, '/a')), { code })
})
