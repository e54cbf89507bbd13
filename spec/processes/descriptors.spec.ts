/**
 * Descriptors that run out: by connections of strangers, or by what a component opens. The run goes on, and says so.
 */
import { connect, createServer, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { CliRun, configured, reportOf, stackLines, topologyFile, typhoonProcess, variables } from './cli.ts'

const COUNT = 5000

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Opens connections, some hundreds a second, and says nothing on them; as long as the test lasts. */
function flood(t: ExecutionContext, port: number): void {
  const held: Socket[] = []
  const timer = setInterval(() => {
    for (let count = 0; count < 20; count++) held.push(connect(port, '127.0.0.1').on('error', () => {}))
    for (const socket of held.splice(0, held.length - 400)) socket.destroy()
  }, 50)
  t.teardown(() => {
    clearInterval(timer)
    for (const socket of held) socket.destroy()
  })
}

test.serial(
  'idle connections of strangers, to the nimbus and as many as there may be, cost no root and no worker',
  async (t) => {
    const port = await freePort()
    const settings = [...configured({ 'topology.nimbus.port': port }), ...variables({ count: String(COUNT) })]
    const run = new CliRun(['run', topologyFile('faulty'), ...settings, '--json'], { descriptors: 120 })
    flood(t, port)
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    t.like(reportOf(ended), { status: 'completed', roots: { acked: COUNT } })
    t.notRegex(ended.stderr, /was lost/)
  },
)

test.serial('a worker whose component has taken the last descriptor goes on, and says so', async (t) => {
  const ended = await typhoonProcess(['run', topologyFile('greedy'), '--json'], { descriptors: 200 })
  t.is(ended.code, 0, ended.stderr)
  t.like(reportOf(ended), { status: 'completed', roots: { acked: 200 } })
  t.regex(ended.stderr, /error\[OUT_OF_DESCRIPTORS\]/)
  t.notRegex(ended.stderr, /was lost/)
})

test.serial('where not even the modules can be loaded, one line says why', async (t) => {
  for (const descriptors of [22, 25, 28, 31]) {
    const { code, stderr } = await typhoonProcess(['plan', 'topologies/word-count.yaml'], { descriptors })
    if (code === 0) continue
    t.is(code, 1)
    t.regex(stderr, /^error\[OUT_OF_DESCRIPTORS\]: .*ulimit -n/s)
    t.notRegex(stderr, /^ +at /m)
  }
})

test.serial('a run whose workers cannot load their modules fails with one line that says why', async (t) => {
  const args = [
    'run',
    topologyFile('faulty'),
    ...variables({ count: '1' }),
    ...configured({ 'topology.worker.max.restarts': 0 }),
  ]
  for (const descriptors of [45, 50, 55, 60]) {
    const { code, stderr, stdout } = await typhoonProcess(args, { descriptors })
    if (code === 0) continue
    t.is(code, 1)
    t.regex(stderr, /OUT_OF_DESCRIPTORS\]: .*ulimit -n/s)
    t.notRegex(stderr, /process\.exit|MODULE_FAILED/)
    t.deepEqual(stackLines({ code, stderr, stdout }), [])
  }
  t.is((await typhoonProcess(['validate', 'topologies/word-count.yaml'], { descriptors: 60 })).code, 0)
  t.is((await typhoonProcess(['--version'], { descriptors: 60 })).code, 0)
})
