/** A function as its users have it: `typhoon run`, `typhoon drpc`, and HTTP, with workers that are killed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { DrpcClient } from '../../lib/drpc/index.ts'
import { type CliRun, codesOf, typhoon } from './cli.ts'
import { RollCall } from './roll-call.ts'

const EXCLAIM = fileURLToPath(new URL('../drpc/topologies/exclaim.js', import.meta.url))
const COMMAND = fileURLToPath(new URL('../../bin/typhoon.js', import.meta.url))

/** A run that serves; it ends with its test. */
async function running(t: ExecutionContext, ...flags: string[]): Promise<{ run: CliRun; url: string }> {
  const run = (await RollCall.open(t)).run(['run', EXCLAIM, ...flags])
  const line = await run.line(/^DRPC on /)
  return { run, url: /http:\S+/.exec(line)![0] }
}

test.serial('typhoon run serves the functions of its topology, to typhoon drpc, to HTTP and to a client', async (t) => {
  const { run, url } = await running(t)
  t.regex(await run.line(/^DRPC on /), / http:\/\/127\.0\.0\.1:\d+ \(function exclaim\)$/)
  t.deepEqual(await typhoon(['drpc', 'exclaim', 'hello', '--url', url]), { code: 0, stdout: 'hello!\n', stderr: '' })
  t.is(await (await fetch(`${url}/drpc/exclaim/a%20word`)).text(), 'a word!')
  t.is(await (await fetch(`${url}/drpc/exclaim`, { method: 'POST', body: 'body' })).text(), 'body!')
  const client = await DrpcClient.connect(url)
  const words = Array.from({ length: 100 }, (_, n) => String(n))
  t.deepEqual(
    await Promise.all(words.map((word) => client.execute('exclaim', word))),
    words.map((word) => `${word}!`),
  )
  await t.throwsAsync(client.execute('exclaim', 'fail'), { code: 'DRPC_FAILED', message: /told to fail$/ })
  client.close()
  run.signal('SIGINT')
  t.is((await run.ended).code, 0)
})

test.serial(
  'workers that are killed one after the other fail no request; later ones are answered as well',
  async (t) => {
    const { run, url } = await running(t)
    const client = await DrpcClient.connect(url)
    const pids = new Set<number>()
    while (pids.size < 2) pids.add(Number(await client.execute('exclaim', 'pid')))
    for (const pid of pids) {
      const before = Array.from({ length: 100 }, (_, n) => client.execute('exclaim', `before ${n}`))
      process.kill(pid, 'SIGKILL')
      const after = Array.from({ length: 20 }, (_, n) => client.execute('exclaim', `after ${n}`))
      for (const [n, answer] of (await Promise.all(before)).entries()) t.is(answer, `before ${n}!`)
      for (const [n, answer] of (await Promise.all(after)).entries()) t.is(answer, `after ${n}!`)
    }
    client.close()
    run.signal('SIGINT')
    const ended = await run.ended
    t.is(ended.code, 0)
    t.regex(ended.stderr, /signal SIGKILL/)
  },
)

test.serial(
  'a request that ends its worker each time fails with how it ends it, and all that came with it are answered',
  async (t) => {
    const { run, url } = await running(t)
    const client = await DrpcClient.connect(url)
    const others = Array.from({ length: 40 }, (_, n) => client.execute('exclaim', `other ${n}`))
    const poison = client.execute('exclaim', 'exit')
    others.push(...Array.from({ length: 40 }, (_, n) => client.execute('exclaim', `other ${n + 40}`)))
    await t.throwsAsync(poison, { code: 'DRPC_FAILED', message: /exit code 7.*process\.exit\(7\)/ })
    t.deepEqual(
      await Promise.all(others),
      others.map((_, n) => `other ${n}!`),
    )
    t.is(await client.execute('exclaim', 'later'), 'later!')
    client.close()
    run.signal('SIGINT')
    const ended = await run.ended
    t.is(ended.code, 0, ended.stderr)
    t.true(codesOf(ended).includes('POISON_TUPLE'))
  },
)

test.serial('a run that was told to end takes no more requests', async (t) => {
  const { run, url } = await running(t)
  await run.line(/running$/)
  const client = await DrpcClient.connect(url)
  t.is(await client.execute('exclaim', 'x'), 'x!')
  run.signal('SIGINT')
  await run.line(/SIGINT/)
  const code = await client.execute('exclaim', 'y').then(
    () => 'answered',
    (error: { code: string }) => error.code,
  )
  // The run may be over by the time that it is asked.
  t.true(['DRPC_SHUTDOWN', 'DRPC_UNREACHABLE'].includes(code), code)
  client.close()
  t.is((await run.ended).code, 0)
})

test.serial('a port that is taken ends the run before a worker is started', async (t) => {
  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const ended = await typhoon(['run', EXCLAIM, '-c', `drpc.http.port=${port}`])
  other.close()
  t.is(ended.code, 1)
  t.deepEqual(codesOf(ended), ['PORT_TAKEN'])
})

test.serial('a server that other machines reach tells its token once, even with --quiet, and wants it', async (t) => {
  const roll = await RollCall.open(t)
  const run = roll.run(['run', EXCLAIM, '--quiet', '-c', 'drpc.host=0.0.0.0', '-c', 'drpc.http.port=0'])
  const line = await run.line(/^DRPC token: /)
  const token = /^DRPC token: (\S+),/.exec(line)![1]!
  const url = /http:[^;]+/.exec(line)![0].replace('0.0.0.0', '127.0.0.1')
  const refused = await typhoon(['drpc', 'exclaim', 'x', '--url', url])
  t.is(refused.code, 1)
  t.deepEqual(codesOf(refused), ['DRPC_UNAUTHORIZED'])
  const answered = await typhoon(['drpc', 'exclaim', 'x', '--url', url, '--token', token])
  t.is(answered.stdout, 'x!\n')
})

test.serial('typhoon drpc reads the arguments from stdin, and says what is wrong', async (t) => {
  const { url } = await running(t)
  const child = spawn(process.execPath, [COMMAND, 'drpc', 'exclaim', '-', '--url', url], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let stdout = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stdin.end('from stdin\n')
  await once(child, 'close')
  t.is(stdout, 'from stdin!\n')
  const failed = await typhoon(['drpc', 'exclaim', 'fail', '--url', url])
  t.deepEqual([failed.code, failed.stdout, codesOf(failed)], [1, '', ['DRPC_FAILED']])
  const unknown = await typhoon(['drpc', 'exclam', '--url', url])
  t.deepEqual([unknown.code, codesOf(unknown)], [1, ['DRPC_BAD_REQUEST']])
  t.regex(unknown.stderr, /"exclaim"/)
  const nobody = await typhoon(['drpc', 'exclaim', '--url', 'http://127.0.0.1:1'])
  t.deepEqual([nobody.code, codesOf(nobody)], [1, ['DRPC_UNREACHABLE']])
  const wrong = await typhoon(['drpc', 'exclaim', '--url', 'nowhere'])
  t.deepEqual([wrong.code, codesOf(wrong)], [2, ['USAGE']])
  t.is((await typhoon(['drpc', 'exclaim', '--timeout', '3'])).code, 2)
})
