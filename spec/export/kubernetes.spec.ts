/** Manifests that an export writes: what the API server would say of them, and what keeps them from being written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { parseAllDocuments } from 'yaml'
import { exportToKubernetes, type KubernetesExport } from '../../lib/export/kubernetes/export-kubernetes.ts'
import { clusterNameOf, Names } from '../../lib/export/kubernetes/manifests/names.ts'
import type { ExportOptions } from '../../lib/export/kubernetes/manifests/options.ts'
import { type Problem, TyphoonError } from '../../lib/index.ts'
import { load } from '../../lib/run/index.ts'
import { folderOf } from '../folder.ts'
import { ROOT } from '../house/sources.ts'
import { knownSchemas, problemsOf } from '../kubernetes/schemas.ts'

const OPTIONS: ExportOptions = {
  image: 'example.com/typhoon:1.0.0',
  nimbuses: 1,
  spares: 0,
  storage: { size: '10Gi' },
}
const WORDS = `name: Words_of today
config:
  topology.workers: 2
  topology.component.cpu.pcore.percent: 50
  topology.component.resources.onheap.memory.mb: 100
spouts:
  - { id: lines, className: SequenceSpout, constructorArgs: [3], parallelism: 3 }
bolts:
  - { id: log, className: NullBolt, parallelism: 2 }
streams:
  - { from: lines, to: log, grouping: { type: SHUFFLE } }
`

async function exported(folder: string, options: Partial<ExportOptions> = {}): Promise<KubernetesExport> {
  return exportToKubernetes(await load(join(folder, 'words.yaml')), { ...OPTIONS, ...options }, join(folder, 'out'))
}

/** All objects of all files. */
function objectsOf({ files }: KubernetesExport): any[] {
  return files.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS()))
}

async function problemsWhen(work: Promise<unknown>): Promise<readonly Problem[]> {
  return work.then(
    () => [],
    (error: unknown) => {
      if (error instanceof TyphoonError) return error.problems
      throw error
    },
  )
}

for (const [title, options] of Object.entries<Partial<ExportOptions>>({
  'as it is': {},
  'without storage': { storage: undefined },
  'with all that can be said': {
    ...{ name: 'wörter'.replace('ö', 'oe'), namespace: 'streams', nimbuses: 2, spares: 1 },
    storage: { size: '1Ti', className: 'nfs' },
  },
}))
  test(`every object is what the API server takes, ${title}`, async (t) => {
    const objects = objectsOf(await exported(folderOf(t, { 'words.yaml': WORDS }), options))
    const schemas = knownSchemas()
    t.deepEqual(
      objects.flatMap((one) => problemsOf(one, schemas)),
      [],
    )
    const ids = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    t.is(new Set(ids).size, ids.length)
    t.true(objects.every(({ metadata }) => metadata.namespace === options.namespace))
  })

test('what is no manifest is found to be none', async (t) => {
  const objects = objectsOf(await exported(folderOf(t, { 'words.yaml': WORDS })))
  const schemas = knownSchemas()
  const deployment = structuredClone(objects.find(({ kind }) => kind === 'Deployment'))
  const [container] = deployment.spec.template.spec.containers
  container.ports[0].containerPort = '8080'
  container.livenesProbe = container.livenessProbe
  delete deployment.spec.selector
  t.deepEqual(problemsOf(deployment, schemas), [
    'Deployment.spec lacks selector',
    'Deployment.spec.template.spec.containers[0].ports[0].containerPort is no integer',
    'Deployment.spec.template.spec.containers[0].livenesProbe is unknown',
  ])
  t.deepEqual(problemsOf({ apiVersion: 'apps/v2', kind: 'Deployment' }, schemas), ['there is no apps/v2/Deployment'])
})

test('whatever is named in one object is there in another', async (t) => {
  const objects = objectsOf(await exported(folderOf(t, { 'words.yaml': WORDS })))
  const has = (kind: string, name: string): void => {
    t.true(
      objects.some((one) => one.kind === kind && one.metadata.name === name),
      `${kind} ${name}`,
    )
  }
  for (const { spec } of objects.filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind))) {
    const { labels } = spec.template.metadata
    t.deepEqual({ ...labels, ...spec.selector.matchLabels }, labels)
    const pod = spec.template.spec
    has('ServiceAccount', pod.serviceAccountName)
    for (const { secret, persistentVolumeClaim: claim } of pod.volumes) {
      if (secret !== undefined) has('Secret', secret.secretName)
      if (claim !== undefined) has('PersistentVolumeClaim', claim.claimName)
    }
    const volumes = pod.volumes.map(({ name }: { name: string }) => name)
    for (const { name } of pod.containers[0].volumeMounts) t.true(volumes.includes(name), name)
    if (spec.serviceName !== undefined) has('Service', spec.serviceName)
  }
  const named = objects.flatMap(({ rules = [] }) => rules)
  for (const { resources, resourceNames = [] } of named)
    for (const name of resourceNames)
      if (resources[0] !== 'services/proxy') has(resources[0] === 'leases' ? 'Lease' : 'Secret', name)
})

test('a supervisor is known by its pod: started again in it, it is the one that was there', async (t) => {
  const objects = objectsOf(await exported(folderOf(t, { 'words.yaml': WORDS })))
  const [container] = objects.find(({ kind }) => kind === 'StatefulSet').spec.template.spec.containers
  t.is(container.args[container.args.indexOf('--instance') + 1], '$(POD_UID)')
  const { valueFrom } = container.env.find(({ name }: { name: string }) => name === 'POD_UID')
  t.deepEqual(valueFrom, { fieldRef: { fieldPath: 'metadata.uid' } })
})

test('no pod is root, may become it, or writes to its image; workers are shown no token', async (t) => {
  const objects = objectsOf(await exported(folderOf(t, { 'words.yaml': WORDS })))
  const pods = objects.filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind))
  for (const { spec } of pods) {
    const pod = spec.template.spec
    t.like(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    t.deepEqual(pod.containers[0].securityContext, {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false },
      capabilities: { drop: ['ALL'] },
    })
  }
  t.is(pods.find(({ kind }) => kind === 'StatefulSet').spec.template.spec.automountServiceAccountToken, false)
  const rules = objects.flatMap((one) => one.rules ?? [])
  t.false(JSON.stringify(rules).includes('*'))
  t.true(objects.every(({ kind }) => !kind.startsWith('Cluster')))
  t.true(objects.filter(({ kind }) => kind === 'Secret').every((one) => !('data' in one || 'stringData' in one)))
})

test('a pod is given what the executors of the largest worker need, and its process', async (t) => {
  const objects = objectsOf(await exported(folderOf(t, { 'words.yaml': WORDS }), { spares: 1 }))
  const { spec } = objects.find(({ kind }) => kind === 'StatefulSet')
  t.is(spec.replicas, 3)
  // Of five executors one worker has three.
  t.deepEqual(spec.template.spec.containers[0].resources, {
    requests: { cpu: '1500m', memory: '556Mi' },
    limits: { memory: '556Mi' },
  })
})

test('a spout that reads stdin is refused with its line, and nothing is written', async (t) => {
  const folder = folderOf(t, {
    'words.yaml': WORDS.replace('SequenceSpout, constructorArgs: [3], parallelism: 3', 'StdinSpout'),
  })
  const [problem, ...others] = await problemsWhen(exported(folder))
  t.is(problem?.code, 'NOT_ON_KUBERNETES')
  t.is(problem?.where.line, 7)
  t.deepEqual(others, [])
  t.false(existsSync(join(folder, 'out')))
})

for (const [title, options, code] of [
  ['a name', { name: 'Words' }, 'NOT_ON_KUBERNETES'],
  ['a namespace', { namespace: 'a b' }, 'NOT_ON_KUBERNETES'],
  ['an image', { image: 'a b' }, 'USAGE'],
  ['a size', { storage: { size: 'much' } }, 'USAGE'],
] as const)
  test(`${title} that Kubernetes cannot have is refused, and nothing is written`, async (t) => {
    const folder = folderOf(t, { 'words.yaml': WORDS })
    const problems = await problemsWhen(exported(folder, options))
    t.deepEqual(
      problems.map((one) => one.code),
      [code],
    )
    t.false(existsSync(join(folder, 'out')))
  })

test('a topology whose name leaves nothing is told to be given one', async (t) => {
  const folder = folderOf(t, { 'words.yaml': WORDS.replace('Words_of today', '言葉') })
  const [problem] = await problemsWhen(exported(folder))
  t.is(problem?.code, 'NOT_ON_KUBERNETES')
  t.true(problem?.hint?.includes('--name'))
})

test('a name is made of any text, or none at all', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80, unit: 'binary' }), (text) => {
      const name = clusterNameOf(text)
      if (name !== '') t.is(new Names(name, undefined).cluster, name)
    }),
  )
  t.is(clusterNameOf('Words_of today'), 'words-of-today')
})

test('a file of anybody else is not overwritten, and none is written then', async (t) => {
  const folder = folderOf(t, { 'words.yaml': WORDS })
  const { files } = await exported(folder)
  writeFileSync(files.at(-1)!, 'kind: Mine\n')
  const before = readFileSync(files[0]!, 'utf8')
  const [problem] = await problemsWhen(exported(folder, { name: 'other' }))
  t.is(problem?.code, 'OUTPUT_EXISTS')
  t.is(readFileSync(files.at(-1)!, 'utf8'), 'kind: Mine\n')
  t.is(readFileSync(files[0]!, 'utf8'), before)
})

test('what may be another tomorrow, and what does not last, is a warning', async (t) => {
  const folder = folderOf(t, { 'words.yaml': WORDS })
  t.is((await exported(folder)).warnings.length, 0)
  for (const image of ['typhoon', 'example.com:5000/typhoon', 'typhoon:latest'])
    t.is((await exported(folder, { image })).warnings.length, 1, image)
  t.is((await exported(folder, { image: `typhoon@sha256:${'0'.repeat(64)}` })).warnings.length, 0)
  t.is((await exported(folder, { storage: undefined })).warnings.length, 1)
})

for (const [title, config, keys] of [
  ['at least once', {}, []],
  ['exactly once', { 'topology.guarantee': 'exactly-once' }, ['topology.guarantee']],
  ['with a folder of states', { 'topology.state.dir': 'state' }, ['topology.state.dir']],
] as const)
  test(`without storage nothing can be kept: a topology ${title}`, async (t) => {
    const folder = folderOf(t, { 'words.yaml': WORDS })
    const loaded = await load(join(folder, 'words.yaml'), { config })
    const out = join(folder, 'out')
    const problems = await problemsWhen(exportToKubernetes(loaded, { ...OPTIONS, storage: undefined }, out))
    t.deepEqual(
      problems.map(({ code, where }) => [code, where.key]),
      keys.map((key) => ['NOT_ON_KUBERNETES', key]),
    )
    t.is(existsSync(out), keys.length === 0)
  })

test('streams of Trident cannot be without storage', async (t) => {
  const loaded = await load(join(ROOT, 'topologies/trident-word-count.yaml'))
  const out = join(folderOf(t), 'out')
  const [problem, ...others] = await problemsWhen(exportToKubernetes(loaded, { ...OPTIONS, storage: undefined }, out))
  t.is(problem?.code, 'NOT_ON_KUBERNETES')
  t.deepEqual(others, [])
})

test('nothing of an earlier export is left, and what is not of one stays', async (t) => {
  const folder = folderOf(t, { 'words.yaml': WORDS })
  const { files } = await exported(folder)
  const [storage] = files.filter((file) => file.endsWith('storage.yaml'))
  t.false((await exported(folder, { storage: undefined })).files.includes(storage!))
  t.false(existsSync(storage!))
  writeFileSync(storage!, 'kind: Mine\n')
  await exported(folder, { storage: undefined })
  t.true(existsSync(storage!))
})

test('the examples can be exported', async (t) => {
  const schemas = knownSchemas()
  for (const name of [
    'word-count.yaml',
    'word-count-exact.yaml',
    'stateful-word-count.ts',
    'trident-word-count.yaml',
  ]) {
    const loaded = await load(join(ROOT, 'topologies', name))
    const made = await exportToKubernetes(loaded, OPTIONS, join(folderOf(t), 'out'))
    t.deepEqual(
      objectsOf(made).flatMap((one) => problemsOf(one, schemas)),
      [],
    )
  }
})
