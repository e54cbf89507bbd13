/**
 * A real control plane of Kubernetes as processes in the network namespace of a `PodNetwork`: etcd, the API server with
 * RBAC and service accounts, the controller manager and the scheduler. Each is ended by its own pid.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ClusterAccess } from '../../lib/kubernetes-api/access.ts'
import { KubernetesApi } from '../../lib/kubernetes-api/kubernetes-api.ts'
import { CONTROL_ADDRESS } from './network.ts'
import type { OpenApi } from './schemas.ts'
import { until } from './until.ts'

const PORT = 6443
const ETCD = 'http://127.0.0.1:2379'
const START_MS = 180_000
/** Of the administrator, on this machine alone and as long as the test lasts. */
const TOKEN = 'administrator'
/** How soon a node of which nothing is heard is one, and how soon its pods are to go. */
const NODES = ['--node-monitor-period=1s', '--node-monitor-grace-period=8s']
const EVICTION = ['--default-not-ready-toleration-seconds=5', '--default-unreachable-toleration-seconds=5']

export class ControlPlane {
  readonly #folder: string
  readonly #programs: string
  readonly #processes = new Map<string, ChildProcess>()

  /** @param folder is there; this process is in the namespace */
  constructor(folder: string, programs: string) {
    this.#folder = folder
    this.#programs = programs
  }

  /** As the administrator, in a namespace. */
  access(namespace = 'default'): ClusterAccess {
    const ca = readFileSync(this.caFile, 'utf8')
    return {
      server: `https://${CONTROL_ADDRESS}:${PORT}`,
      namespace,
      credentials: async () => ({ ca, token: TOKEN }),
    }
  }

  get caFile(): string {
    return join(this.#folder, 'certificates/apiserver.crt')
  }

  get port(): number {
    return PORT
  }

  /** Of the administrator. */
  get kubeconfig(): string {
    return this.#file('kubeconfig')
  }

  /** What the API server publishes of a version. */
  async openApi(path: string): Promise<OpenApi> {
    const api = new KubernetesApi(this.access())
    const answer = await api.ask<OpenApi>('GET', `/openapi/v3/${path}`).finally(() => api.close())
    if (answer.is !== 'done') throw new Error(`the API server publishes nothing of ${path}`)
    return answer.body
  }

  /** Pids of the programs, by name. */
  get pids(): ReadonlyMap<string, number> {
    return new Map([...this.#processes].map(([name, { pid }]) => [name, pid!]))
  }

  async start(): Promise<void> {
    const [key, publicKey, tokens] = ['account.key', 'account.pub', 'tokens.csv'].map((one) => this.#file(one))
    execFileSync('openssl', ['genrsa', '-out', key!, '2048'], { stdio: 'ignore' })
    execFileSync('openssl', ['rsa', '-in', key!, '-pubout', '-out', publicKey!], { stdio: 'ignore' })
    writeFileSync(tokens!, `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 })
    const data = ['--data-dir', this.#file('etcd'), '--unsafe-no-fsync']
    this.#run('etcd', 'etcd', [...data, '--listen-client-urls', ETCD, '--advertise-client-urls', ETCD])
    await until('etcd answers', START_MS, async () => (await fetch(`${ETCD}/health`)).ok)
    this.#run('api', this.#program('kube-apiserver'), [
      ...[`--etcd-servers=${ETCD}`, `--bind-address=${CONTROL_ADDRESS}`, `--secure-port=${PORT}`],
      ...[`--advertise-address=${CONTROL_ADDRESS}`, '--endpoint-reconciler-type=none', ...EVICTION],
      ...[`--cert-dir=${this.#file('certificates')}`, `--token-auth-file=${tokens}`, '--authorization-mode=RBAC,Node'],
      ...[`--service-account-key-file=${publicKey}`, `--service-account-signing-key-file=${key}`],
      ...['--service-account-issuer=https://localhost', '--service-cluster-ip-range=10.96.0.0/16'],
    ])
    await until('the API server is ready', START_MS, () => this.#has('/api/v1/namespaces/default'))
    this.#writeKubeconfig()
    const shared = ['--kubeconfig', this.kubeconfig, '--leader-elect=false', '--bind-address=127.0.0.1']
    const controllers = [`--service-account-private-key-file=${key}`, `--root-ca-file=${this.caFile}`]
    this.#run('controllers', this.#program('kube-controller-manager'), [...shared, ...NODES, ...controllers])
    this.#run('scheduler', this.#program('kube-scheduler'), shared)
    await until('accounts are made', START_MS, () => this.#has('/api/v1/namespaces/default/serviceaccounts/default'))
  }

  /** Ends all that it has started, and waits for it. */
  async stop(): Promise<void> {
    for (const name of ['scheduler', 'controllers', 'api', 'etcd']) {
      const child = this.#processes.get(name)
      if (child === undefined || child.exitCode !== null) continue
      const gone = new Promise((done) => child.once('exit', done))
      child.kill('SIGKILL')
      await gone
    }
  }

  async #has(path: string): Promise<boolean> {
    const api = new KubernetesApi(this.access())
    return (await api.ask('GET', path).finally(() => api.close())).is === 'done'
  }

  #run(name: string, program: string, args: readonly string[]): void {
    const log = openSync(this.#file(`${name}.log`), 'a')
    this.#processes.set(name, spawn(program, args, { cwd: this.#folder, stdio: ['ignore', log, log] }))
    closeSync(log)
  }

  #program(name: string): string {
    return join(this.#programs, name)
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }

  #writeKubeconfig(): void {
    const cluster = { server: `https://${CONTROL_ADDRESS}:${PORT}`, 'certificate-authority': this.caFile }
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'admin', user: { token: TOKEN } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin', namespace: 'default' } }],
    }
    writeFileSync(this.kubeconfig, JSON.stringify(config), { mode: 0o600 })
  }
}
