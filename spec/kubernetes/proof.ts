/**
 * `npm run test:kubernetes`: a real control plane of Kubernetes on this machine, against which the leadership of
 * nimbuses is held to its contract, and what an export writes is applied and run. Needs root. Prints what it has
 * measured; exits with 1 where something is not as it must be.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from '../house/sources.ts'
import { made, remove } from '../made-folder.ts'
import { ControlPlane } from './control-plane.ts'
import { PodNetwork } from './network.ts'
import { Nodes } from './nodes.ts'
import { controlPlanePrograms } from './programs.ts'
import { KINDS, knownSchemas, type OpenApi, SCHEMAS_FILE, schemasOf } from './schemas.ts'
import { WordCount } from './word-count.ts'

/** The network that this process is in; it is made first, by another one. */
const NETWORK = process.env['TYPHOON_POD_NETWORK']

process.exitCode = NETWORK === undefined ? await outside() : await inside(new PodNetwork(NETWORK))

async function outside(): Promise<number> {
  const programs = controlPlanePrograms()
  const network = new PodNetwork(`ty${process.pid}`)
  try {
    network.up()
    const args = [
      'netns',
      'exec',
      network.name,
      process.execPath,
      fileURLToPath(import.meta.url),
      ...process.argv.slice(2),
    ]
    const env = { ...process.env, TYPHOON_POD_NETWORK: network.name, TYPHOON_CONTROL_PLANE: programs }
    const child = spawn('ip', args, { stdio: 'inherit', env })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    return await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  } finally {
    network.down()
  }
}

async function inside(network: PodNetwork): Promise<number> {
  const folder = made()
  mkdirSync(join(folder, 'control'))
  mkdirSync(join(folder, 'nodes/logs'), { recursive: true })
  const nodes = new Nodes(join(folder, 'nodes'), network)
  const plane = new ControlPlane(join(folder, 'control'), process.env['TYPHOON_CONTROL_PLANE']!)
  try {
    await measured('the control plane is up', () => plane.start())
    const wordCount = () => new WordCount({ folder, plane, nodes, measured }).prove()
    const parts = { schemas: () => sameSchemas(plane), contract: () => contract(plane), words: wordCount }
    const only = process.argv[2]
    for (const [name, part] of Object.entries(parts))
      if ((only === undefined || name === only) && !(await part())) return 1
    return 0
  } catch (error) {
    console.error(error)
    for (const name of readdirSync(nodes.logs)) console.error(name, lastOf(join(nodes.logs, name)))
    return 1
  } finally {
    nodes.stop()
    for (const pod of network.pods()) network.remove(pod)
    await plane.stop()
    await remove(folder)
  }
}

/** Whether the schemas of the ordinary tests are those that the API server publishes. */
async function sameSchemas(plane: ControlPlane): Promise<boolean> {
  const documents = await Promise.all(
    Object.keys(KINDS).map(async (path): Promise<[string, OpenApi]> => [path, await plane.openApi(path)]),
  )
  const published = schemasOf(Object.fromEntries(documents))
  const isSame = JSON.stringify(published) === JSON.stringify(knownSchemas())
  if (process.env['UPDATE'] !== undefined) writeFileSync(SCHEMAS_FILE, `${JSON.stringify(published)}\n`)
  console.log(`the schemas of manifests are ${isSame ? '' : 'not '}those of the API server`)
  return isSame
}

/** Whether leadership keeps its contract, with the rights that an export gives. */
async function contract(plane: ControlPlane): Promise<boolean> {
  const args = ['ava', 'dist/spec/contract/leaderships.spec.js', '--match=*real*', '--timeout=5m']
  const env = { ...process.env, TYPHOON_KUBECONFIG: plane.kubeconfig }
  const { status, stdout } = spawnSync('npx', args, { cwd: ROOT, env, encoding: 'utf8' })
  console.log(stdout.trim())
  return status === 0
}

function lastOf(file: string): string {
  return readFileSync(file, 'utf8').split('\n').slice(-40).join('\n')
}

/** Prints how long it took. */
async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await work()
  console.log(`${what}: ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  return result
}
