/**
 * The image that the Containerfile makes, and the containers that compose.yaml makes of it: with the root of an image
 * that nobody can write to, as a user who is not root. Needs podman, root, and the registry of packages.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'yaml'
import { sharedFolder } from '../folder.ts'
import { ROOT } from '../house/sources.ts'
import { makeRoot, npmSettings } from '../kubernetes/base-image.ts'
import { until } from '../kubernetes/until.ts'

const HAS_PODMAN = spawnSync('podman', ['--version']).status === 0
const BUILD_MS = 15 * 60_000
const RUN_MS = 120_000
const folder = sharedFolder()
const STORAGE = ['--root', join(folder, 'images'), '--runroot', join(folder, 'run'), '--storage-driver=vfs']
const PODMAN = [...STORAGE, '--runtime=runc', '--cgroup-manager=cgroupfs']
/** What a machine that is itself a container lets containers have. */
const LIMITS = ['--ulimit=nofile=1000:1000', '--ulimit=nproc=1000:1000', '--security-opt=seccomp=unconfined']
const IMAGE = 'typhoon:0.1.0'

const WORDS = `name: words
spouts:
  - { id: numbers, className: SequenceSpout, constructorArgs: [1000000000] }
bolts:
  - { id: none, className: NullBolt }
streams:
  - { from: numbers, to: none, grouping: { type: SHUFFLE } }
`

interface Service {
  readonly image: string
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
  readonly volumes: readonly string[]
  readonly tmpfs: readonly string[]
  readonly read_only: boolean
}

const { services, volumes } = parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8')) as {
  services: Readonly<Record<string, Service>>
  volumes: Readonly<Record<string, unknown>>
}

function podman(...args: readonly string[]): string {
  return execFileSync('podman', [...PODMAN, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The arguments that make a container of a service, as compose would; names lead to this machine. */
function containerOf(name: string, ...more: readonly string[]): string[] {
  const { image, entrypoint, command, volumes: mounted, tmpfs, read_only: isReadOnly } = services[name]!
  return [
    ...['run', '--network=host', '--add-host=nimbus:127.0.0.1', '--name', name, ...LIMITS, ...more],
    ...(isReadOnly ? ['--read-only'] : []),
    ...(entrypoint === undefined ? [] : [`--entrypoint=${JSON.stringify(entrypoint)}`]),
    ...mounted.flatMap((volume) => ['--volume', volume]),
    ...tmpfs.flatMap((place) => ['--tmpfs', place]),
    ...[image, ...command],
  ]
}

test.after.always(() => {
  if (HAS_PODMAN) spawnSync('podman', [...PODMAN, 'rm', '--all', '--force', '--time=5'])
})

test('compose.yaml makes of one image what has all its volumes, and a root that nobody writes to', (t) => {
  for (const { image, volumes: mounted, read_only: isReadOnly } of Object.values(services)) {
    t.is(image, IMAGE)
    t.true(isReadOnly)
    for (const volume of mounted)
      t.true(volume.startsWith('/') || Object.hasOwn(volumes, volume.split(':')[0]!), volume)
  }
})

if (!HAS_PODMAN) test('podman is not installed: 1 test left out', (t) => t.pass())
else
  test.serial('the image is built of the package, and a topology runs in the containers of compose.yaml', async (t) => {
    t.timeout(BUILD_MS)
    const context = join(folder, 'context')
    const root = join(folder, 'root')
    for (const one of [context, root]) mkdirSync(one)
    execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', context], { cwd: ROOT })
    makeRoot(root)
    const archive = join(folder, 'base.tar')
    execFileSync('tar', ['--create', '--file', archive, '--directory', root, '.'])
    podman('import', archive, 'localhost/base')
    writeFileSync(join(folder, 'npmrc'), npmSettings())
    podman(
      ...['build', '--isolation=chroot', '--network=host', '--build-arg=BASE=localhost/base', '--tag', IMAGE],
      ...[`--volume=${join(folder, 'npmrc')}:/.npmrc:ro`, '--file', join(ROOT, 'Containerfile'), context],
    )
    podman(...containerOf('join', '--rm'))
    podman(...containerOf('nimbus', '--detach'))
    podman(...containerOf('supervisor', '--detach'))
    const write = `fs.writeFileSync('/tmp/words.yaml', ${JSON.stringify(WORDS)})`
    podman('exec', 'nimbus', 'node', '-e', write)
    const typhoon = ['exec', 'nimbus', 'typhoon']
    // The host may come later: then the topology waits for it, and the command says so with its exit code.
    spawnSync('podman', [...PODMAN, ...typhoon, 'submit', '/tmp/words.yaml'])
    await until('a host has come, and it runs', RUN_MS, () => {
      const { topologies } = JSON.parse(podman(...typhoon, 'list', '--json'))
      return topologies[0].status === 'ACTIVE' && topologies[0].phase === 'running'
    })
    t.is(podman('exec', 'nimbus', 'node', '-p', 'process.getuid()').trim(), '1000')
    podman('stop', '--time=60', 'nimbus')
    t.is(JSON.parse(podman('inspect', 'nimbus'))[0].State.ExitCode, 0)
  })
