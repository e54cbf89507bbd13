/** Which Node.js will do. */
import { readFileSync } from 'node:fs'
import test from 'ava'
import { typhoonProcess } from './cli.ts'

/** As if it were that version. */
function pretending(version: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const versions = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`
  return typhoonProcess(['--version'], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(versions)}` },
  })
}

const { engines, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { node: string }
  version: string
}

for (const old of ['18.20.8', '20.18.3', '21.7.3', '22.0.0', '22.1.0']) {
  test(`Node.js ${old} is told in one line what is needed`, async (t) => {
    const { code, stdout, stderr } = await pretending(old)
    t.is(code, 1)
    t.is(stdout, '')
    t.true(stderr.startsWith(`typhoon needs Node.js ${engines.node}, but this is `), stderr)
    t.is(stderr.split('\n').length, 1)
  })
}

for (const good of ['20.19.0', '22.2.0', '24.0.0', '26.1.0']) {
  test(`Node.js ${good} will do`, async (t) => {
    t.deepEqual(await pretending(good), { code: 0, stdout: `${version}\n`, stderr: '' })
  })
}
