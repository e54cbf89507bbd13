/** Which cluster a kubeconfig means, and what is shown to it. */
import { join } from 'node:path'
import test from 'ava'
import { kubeconfigAccess } from '../../lib/kubernetes-api/kubeconfig.ts'
import { type Contents, folderOf } from '../folder.ts'

const CONFIG = `apiVersion: v1
kind: Config
current-context: one
contexts:
  - { name: one, context: { cluster: near, user: ann, namespace: streams } }
  - { name: two, context: { cluster: far, user: bob } }
  - { name: bare, context: { cluster: bare, user: ann } }
  - { name: plain, context: { cluster: plain, user: ann } }
  - { name: program, context: { cluster: near, user: program } }
clusters:
  - { name: near, cluster: { server: "https://10.0.0.1:6443", certificate-authority: ca.pem } }
  - { name: far, cluster: { server: "https://10.0.0.2", certificate-authority-data: ${Buffer.from('far').toString('base64')} } }
  - { name: bare, cluster: { server: "https://10.0.0.3", insecure-skip-tls-verify: true } }
  - { name: plain, cluster: { server: "http://10.0.0.4" } }
users:
  - { name: ann, user: { token: secret, client-certificate: null } }
  - { name: bob, user: { client-certificate-data: ${Buffer.from('cert').toString('base64')}, client-key: bob.key } }
  - name: program
    user: { exec: { command: PROGRAM, args: [give.mjs], env: [{ name: WHO, value: ann }], apiVersion: x } }
`
const FILES: Contents = { config: CONFIG, 'ca.pem': 'near', 'bob.key': 'key' }

test('the current context says which cluster, and paths are meant from the folder of the file', async (t) => {
  const folder = folderOf(t, FILES)
  const access = await kubeconfigAccess({}, { KUBECONFIG: join(folder, 'config') })
  t.like(access, { server: 'https://10.0.0.1:6443', namespace: 'streams' })
  t.like(await access.credentials(), { ca: 'near', token: 'secret', cert: undefined })
})

test('another context and another namespace can be named', async (t) => {
  const folder = folderOf(t, FILES)
  const env = { KUBECONFIG: join(folder, 'config') }
  const access = await kubeconfigAccess({ context: 'two' }, env)
  t.like(access, { server: 'https://10.0.0.2', namespace: 'default' })
  t.deepEqual(await access.credentials(), { ca: 'far', token: undefined, cert: 'cert', key: 'key' })
  t.is((await kubeconfigAccess({ namespace: 'other' }, env)).namespace, 'other')
})

test('of several files the first that says something counts, and one that is missing says nothing', async (t) => {
  const folder = folderOf(t, { ...FILES, other: 'current-context: two\n' })
  const paths = ['gone', 'other', 'config'].map((name) => join(folder, name))
  t.is((await kubeconfigAccess({}, { KUBECONFIG: paths.join(':') })).server, 'https://10.0.0.2')
})

test('a program is run without a shell, and what it prints is shown', async (t) => {
  const folder = folderOf(t, { ...FILES, 'give.mjs': GIVE })
  const config = CONFIG.replace('PROGRAM', process.execPath).replace('give.mjs', join(folder, 'give.mjs'))
  const given = folderOf(t, { ...FILES, config })
  const access = await kubeconfigAccess({ context: 'program' }, { KUBECONFIG: join(given, 'config') })
  t.like(await access.credentials(), { ca: 'near', token: 'of ann' })
})

const GIVE = `const { kind } = JSON.parse(process.env.KUBERNETES_EXEC_INFO)
console.log(JSON.stringify({ kind, status: { token: 'of ' + process.env.WHO, expirationTimestamp: null } }))
`

for (const [title, context, code] of [
  ['a cluster that is not verified', 'bare', 'BAD_CONFIG'],
  ['a cluster that is not reached over TLS', 'plain', 'BAD_CONFIG'],
  ['a context that is not there', 'gone', 'BAD_CONFIG'],
] as const)
  test(`${title} is refused`, async (t) => {
    const folder = folderOf(t, FILES)
    await t.throwsAsync(kubeconfigAccess({ context }, { KUBECONFIG: join(folder, 'config') }), { code })
  })

for (const [title, content] of Object.entries({
  'that is none': 'contexts: 3\n',
  'that is no YAML': 'a: [\n',
  'that is empty': '',
  'without a context': 'clusters: []\n',
}))
  test(`a file ${title} is refused with its place`, async (t) => {
    const path = join(folderOf(t, { config: content }), 'config')
    const error = await t.throwsAsync<Error & { where?: { file?: string } }>(
      kubeconfigAccess({}, { KUBECONFIG: path }),
      {
        code: 'BAD_CONFIG',
      },
    )
    t.is(error.where?.file, path)
  })

test('a program that is not there, or prints something else, gives no access', async (t) => {
  for (const program of ['/nowhere/at-all', process.execPath]) {
    const config = CONFIG.replace('PROGRAM', program).replace('args: [give.mjs]', 'args: [--version]')
    const folder = folderOf(t, { ...FILES, config })
    const access = await kubeconfigAccess({ context: 'program' }, { KUBECONFIG: join(folder, 'config') })
    await t.throwsAsync(access.credentials(), { code: 'KUBERNETES_REFUSED' })
  }
})
