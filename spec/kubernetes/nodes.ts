/** Nodes of a cluster, each a stand-in kubelet in a process of its own; a node dies with all that runs on it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ROOT } from '../house/sources.ts'
import type { ControlPlane } from './control-plane.ts'
import type { KubeletSettings } from './kubelet.ts'
import { killAll, type PodNetwork, pidsIn } from './network.ts'

const KUBELET = fileURLToPath(new URL('./kubelet.js', import.meta.url))
const PROGRAM = [process.execPath, join(ROOT, 'dist/bin/typhoon.js')]

export class Nodes {
  readonly #folder: string
  readonly #network: PodNetwork
  readonly #kubelets = new Map<string, ChildProcess>()

  /** @param folder is there */
  constructor(folder: string, network: PodNetwork) {
    this.#folder = folder
    this.#network = network
  }

  start(index: number, plane: ControlPlane, namespace: string): string {
    const node = `node${index}`
    const folder = join(this.#folder, node)
    for (const one of [folder, this.#shared, this.logs]) mkdirSync(one, { recursive: true })
    const settings: KubeletSettings = {
      ...{ node, index, namespace, folder, network: this.#network.name, shared: this.#shared, logs: this.logs },
      ...{ kubeconfig: plane.kubeconfig, caFile: plane.caFile, apiPort: plane.port, program: PROGRAM },
    }
    const file = join(folder, 'settings.json')
    writeFileSync(file, JSON.stringify(settings))
    const log = openSync(join(this.logs, `${node}.log`), 'a')
    this.#kubelets.set(node, spawn(process.execPath, [KUBELET, file], { stdio: ['ignore', log, log] }))
    closeSync(log)
    return node
  }

  /** As a machine that loses its power. */
  kill(node: string): void {
    this.#kubelets.get(node)?.kill('SIGKILL')
    this.#kubelets.delete(node)
    const beginning = `${this.#network.name}x${node.slice('node'.length)}x`
    for (const space of this.#network.pods().filter((name) => name.startsWith(beginning))) killAll(space)
  }

  /** What the processes of a pod have in memory, megabytes. */
  memoryMbOf(address: string): number {
    return Math.round(pidsIn(this.#spaceOf(address)).reduce((sum, pid) => sum + residentKb(pid), 0) / 1024)
  }

  /** Ends the processes of a pod, which its kubelet starts again. @param address of the pod: 10.78.NODE.NUMBER */
  killPod(address: string): void {
    killAll(this.#spaceOf(address))
  }

  #spaceOf(address: string): string {
    const [, , node, number] = address.split('.')
    return `${this.#network.name}x${node}x${number}`
  }

  /** Ends all of them. */
  stop(): void {
    for (const node of [...this.#kubelets.keys()]) this.kill(node)
  }

  /** Where the claims of all pods are. */
  get #shared(): string {
    return join(this.#folder, 'shared')
  }

  /** What pods and kubelets print. */
  get logs(): string {
    return join(this.#folder, 'logs')
  }
}

function residentKb(pid: number): number {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
