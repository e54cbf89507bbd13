/** What a pod shows to its API server, and Secrets that it fills. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { inCluster } from '../../lib/kubernetes-api/in-cluster.ts'
import { KubernetesApi } from '../../lib/kubernetes-api/kubernetes-api.ts'
import { Secret } from '../../lib/kubernetes-api/secret.ts'
import { folderOf } from '../folder.ts'
import { FakeKubernetes } from '../nimbus/leadership/fake-kubernetes.ts'

const ENV = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }
const FILES = { token: 'first\n', 'ca.crt': 'authority', namespace: 'streams' }

test('its account is that of the mounted files, and a token that was replaced is shown from then on', async (t) => {
  const folder = folderOf(t, FILES)
  const access = await inCluster(ENV, folder)
  t.like(access, { server: 'https://10.96.0.1:443', namespace: 'streams' })
  t.deepEqual(await access.credentials(), { ca: 'authority', token: 'first' })
  writeFileSync(join(folder, 'token'), 'second')
  t.like(await access.credentials(), { token: 'second' })
})

test('an address of IPv6 is one in a URL', async (t) => {
  const access = await inCluster({ KUBERNETES_SERVICE_HOST: 'fd00::1' }, folderOf(t, FILES))
  t.is(access.server, 'https://[fd00::1]:443')
})

test('where there is no account, it is said', async (t) => {
  await t.throwsAsync(inCluster({}, folderOf(t, FILES)), { code: 'KUBERNETES_REFUSED' })
  const error = await t.throwsAsync<Error & { where?: { file?: string } }>(inCluster(ENV, folderOf(t)), {
    code: 'KUBERNETES_REFUSED',
  })
  t.true(error.where?.file?.endsWith('namespace'))
})

const EMPTY = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'words-owner', labels: { of: 'words' } } }

test('a Secret is added to, and whoever is second takes what the first has put there', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const api = new KubernetesApi(fake.access())
  await api.ask('POST', '/api/v1/namespaces/default/secrets', { body: EMPTY })
  const secret = new Secret(api, 'words-owner')
  t.deepEqual(await secret.read(), {})
  const add = (value: string) =>
    secret.change((before) => (before['token'] === undefined ? { token: value } : undefined))
  const [first, second] = await Promise.all([add('one'), add('two')])
  t.deepEqual(first, second)
  t.deepEqual(await secret.change(() => ({ join: 'ü' })), { ...first, join: 'ü' })
  t.deepEqual(await secret.read(), { ...first, join: 'ü' })
  const [kept] = [...fake.objects.values()]
  t.deepEqual(kept?.metadata.labels, { of: 'words' })
})

test('a Secret that is not there is not made', async (t) => {
  const fake = await FakeKubernetes.open(t)
  const secret = new Secret(new KubernetesApi(fake.access()), 'words-owner')
  await t.throwsAsync(secret.read(), { code: 'KUBERNETES_REFUSED' })
  await t.throwsAsync(
    secret.change(() => ({ a: 'b' })),
    { code: 'KUBERNETES_REFUSED' },
  )
  t.is(fake.objects.size, 0)
})
