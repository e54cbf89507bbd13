/**
 * The programs of a Kubernetes control plane: etcd from Debian's packages, the API server, the controller manager and
 * the scheduler built from their Go module, which takes up to half an hour on two cores. What is missing is installed,
 * where this is Debian and the user may.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'
import { callProgram, installPrograms } from '../install-programs.ts'
import { GO_VERSION, goProgram } from './go.ts'

/** The user of pods, as an export has it. */
const POD_USER = '1000'

export const KUBERNETES_VERSION = '1.36.1'

/** Packages of Debian, by a program that each brings. */
const PACKAGES = {
  etcd: 'etcd-server',
  go: 'golang-go',
  ip: 'iproute2',
  openssl: 'openssl',
  setpriv: 'util-linux',
} as const
const PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
/** Modules that are developed in the same repository, and that the module of Kubernetes names without a version. */
const STAGING = (
  'api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap ' +
  'code-generator component-base component-helpers controller-manager cri-api cri-client cri-streaming ' +
  'csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator ' +
  'kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission ' +
  'sample-apiserver sample-cli-plugin sample-controller streaming'
).split(' ')

/** The folder of the programs. @throws where something is missing and cannot be installed, or this is not root */
export function controlPlanePrograms(): string {
  if (process.getuid?.() !== 0) throw new Error('this takes root: each pod has a network namespace of its own')
  installPrograms(PACKAGES)
  checkReadable(join(ROOT, 'dist/bin/typhoon.js'))
  const folder = join(ROOT, 'node_modules/.cache', `kubernetes-${KUBERNETES_VERSION}`)
  if (!PROGRAMS.every((name) => existsSync(join(folder, name)))) build(folder)
  return folder
}

/** @throws where pods, which are no root, cannot run this Typhoon: in the home of root, say */
function checkReadable(program: string): void {
  const user = ['--reuid', POD_USER, '--regid', POD_USER, '--clear-groups']
  const { status } = spawnSync('setpriv', [...user, process.execPath, program, '--version'], { stdio: 'ignore' })
  if (status !== 0)
    throw new Error(`user ${POD_USER} cannot run ${process.execPath} ${program}: put both where everybody may read`)
}

/** A program gets its name when it is whole. */
function build(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const go = goProgram()
  const own = STAGING.map((name) => `\tk8s.io/${name} => k8s.io/${name} v0${KUBERNETES_VERSION.slice(1)}`)
  const needed = `require k8s.io/kubernetes v${KUBERNETES_VERSION}`
  writeFileSync(
    join(folder, 'go.mod'),
    `module programs\n\ngo ${GO_VERSION}\n\n${needed}\n\nreplace (\n${own.join('\n')}\n)\n`,
  )
  const imports = PROGRAMS.map((name) => `import _ "k8s.io/kubernetes/cmd/${name}"`)
  writeFileSync(join(folder, 'tools.go'), `//go:build tools\n\npackage programs\n\n${imports.join('\n')}\n`)
  console.log(`fetching the sources of Kubernetes ${KUBERNETES_VERSION}`)
  callProgram(go, ['mod', 'tidy', '-e'], folder)
  const version = 'k8s.io/component-base/version'
  const [major, minor] = KUBERNETES_VERSION.split('.')
  const flags = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor }
  const linked = Object.entries(flags).map(([name, value]) => `-X ${version}.${name}=${value}`)
  for (const name of PROGRAMS) {
    if (existsSync(join(folder, name))) continue
    console.log(`building ${name} ${KUBERNETES_VERSION}`)
    const half = join(folder, `${name}.half`)
    const args = ['build', '-ldflags', `-s -w ${linked.join(' ')}`, '-o', half, `k8s.io/kubernetes/cmd/${name}`]
    callProgram('nice', [go, ...args], folder)
    renameSync(half, join(folder, name))
  }
}
