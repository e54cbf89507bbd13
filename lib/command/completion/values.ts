/**
 * Which values may stand at a place: names of a service, which is asked, and those of folders of states. Whoever waits
 * for them has pressed a key, so it waits for no more than a second; what cannot be had is not offered.
 */
import { ServiceClient } from '../../client/service-client.ts'
import { serviceSettings } from '../../client/settings.ts'
import { newestOf, savepointNames, snapshotsOf } from '../../snapshots/savepoints/savepoints.ts'
import { LOG_LEVELS } from '../../util/log-levels.ts'
import { keptBy } from '../input/kept.ts'
import type { Place } from './place.ts'

/** What the shell adds of its own. */
export type FromShell = 'files' | 'folders'

/** Values, or what the shell looks for itself. */
export type Values = FromShell | readonly string[]

const MOST_MS = 1_000

/** By the name of a value, or by its command and its name where the name is not enough. */
const VALUES: Readonly<Record<string, (place: Place) => Values | Promise<Values>>> = {
  file: () => 'files',
  '--filter': () => 'files',
  '--alias': () => 'files',
  'nimbus --alias': () => [],
  '--token-file': () => 'files',
  '--join': () => 'files',
  '--store-ca': () => 'files',
  '--store-cert': () => 'files',
  '--store-key': () => 'files',
  '--store-password-file': () => 'files',
  '--state': () => 'folders',
  '--dir': () => 'folders',
  '--out': () => 'folders',
  shell: () => ['bash', 'zsh', 'fish'],
  name: topologies,
  edge: edges,
  host: async (place) => (await service(place)).hosts().then((hosts) => hosts.map(({ name }) => name)),
  '--output': () => 'files',
  worker: workers,
  level: levels,
  '--level': levels,
  '--role': () => ['read', 'operate', 'admin'],
  '--component': components,
  '--remove-log-setting': components,
  '--log-setting': (place) => followed(components(place), '='),
  '--executor': (place) => followed(components(place), '='),
  'token make name': () => [],
  'token remove name': async (place) => (await service(place)).tokens().then((all) => all.map(({ name }) => name)),
  'savepoint create name': () => [],
  'savepoint show name': savepoints,
  'savepoint restore name': savepoints,
  'savepoint delete name': savepoints,
  'state ls --savepoint': savepoints,
  'state get --savepoint': savepoints,
  'state export --savepoint': savepoints,
  'state get component': (place) => kept(place, ({ component }) => [component]),
  'state export --component': (place) => kept(place, ({ component }) => [component]),
  'state get name': (place) =>
    kept(place, ({ component, states }) => (component === place.given[1] ? Object.keys(states) : [])),
  'state export --name': (place) => kept(place, ({ states }) => Object.keys(states)),
}

/** None where they cannot be had in time. */
export async function valuesAt(place: Place): Promise<Values> {
  const { path, value } = place
  const find = value === undefined ? undefined : (VALUES[`${path} ${value}`] ?? VALUES[value])
  if (find === undefined) return []
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve([]), MOST_MS)
    Promise.resolve()
      .then(() => find(place))
      .catch((): Values => [])
      .then((values) => {
        clearTimeout(late)
        resolve(values)
      })
  })
}

function levels(): Values {
  return LOG_LEVELS
}

async function service({ options }: Place): Promise<ServiceClient> {
  if (options.has('--kubernetes')) {
    const { kubernetesClient } = await import('../../client/kubernetes-client.ts')
    const where = { namespace: options.get('--namespace'), context: options.get('--context') }
    return kubernetesClient(options.get('--kubernetes')!, where, process.env, { patienceMs: 0 })
  }
  const said = { server: options.get('--server'), tokenFile: options.get('--token-file') }
  return ServiceClient.of(await serviceSettings(said, process.env), { patienceMs: 0 })
}

async function topologies(place: Place): Promise<readonly string[]> {
  return (await (await service(place)).list()).map(({ name }) => name)
}

async function workers(place: Place): Promise<readonly string[]> {
  return Object.keys((await (await service(place)).status(place.given[0] ?? '')).metrics?.workers ?? {})
}

async function components(place: Place): Promise<readonly string[]> {
  return componentsOf(place, place.given[0] ?? '')
}

async function componentsOf(place: Place, topology: string): Promise<readonly string[]> {
  return Object.keys((await (await service(place)).status(topology)).metrics?.components ?? {})
}

/** `words`, or `words/count` where the name is complete. */
async function edges(place: Place): Promise<readonly string[]> {
  const [name, ...others] = place.current.split('/')
  if (others.length === 0) return followed(topologies(place), '/')
  return (await componentsOf(place, name!)).map((component) => `${name}/${component}`)
}

async function followed(names: Promise<readonly string[]>, by: string): Promise<readonly string[]> {
  return (await names).map((name) => `${name}${by}`)
}

async function savepoints({ given, options }: Place): Promise<readonly string[]> {
  const state = options.get('--state')
  return savepointNames(await keptBy(given[0] ?? '', state === undefined ? {} : { state }))
}

/** What the last snapshot of a topology names. */
async function kept(
  { given, options }: Place,
  names: (task: { readonly component: string; readonly states: object }) => readonly string[],
): Promise<readonly string[]> {
  const state = options.get('--state')
  const topology = await keptBy(given[0] ?? '', state === undefined ? {} : { state })
  const { tasks } = await newestOf(await snapshotsOf(topology), topology)
  return [...new Set(tasks.flatMap(names))]
}
