/**
 * Volumes of a pod as folders of this machine: what is empty at first, Secrets, claims (a folder for each, which all
 * nodes reach), and the files of its service account.
 */
import { chownSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Objects } from './objects.ts'

/** Where folders are. */
export interface FilesOptions {
  readonly objects: Objects
  /** Of the pod. */
  readonly folder: string
  /** Of all claims. */
  readonly shared: string
  readonly caFile: string
}

/** A folder, and where the container has it. */
export interface Mount {
  readonly from: string
  readonly at: string
}

/** @throws (rejects) where something is not there yet: it is tried again */
export async function mountsOf(pod: any, options: FilesOptions): Promise<Mount[]> {
  const { fsGroup = 0 } = pod.spec.securityContext ?? {}
  const volumes = new Map<string, string>()
  for (const volume of pod.spec.volumes ?? []) {
    const folder = await folderOf(volume, pod, options)
    chownSync(folder, fsGroup, fsGroup)
    volumes.set(volume.name, folder)
  }
  return pod.spec.containers[0].volumeMounts.map(({ name, mountPath, subPath }: any): Mount => {
    const from = join(volumes.get(name)!, subPath ?? '')
    mkdirSync(from, { recursive: true })
    if (subPath !== undefined) chownSync(from, fsGroup, fsGroup)
    return { from, at: mountPath }
  })
}

/** What Secrets and accounts say by now. @throws (rejects) as `mountsOf` */
export async function refreshFiles(pod: any, options: FilesOptions): Promise<void> {
  for (const volume of pod.spec.volumes ?? [])
    if (volume.secret !== undefined || volume.projected !== undefined) await folderOf(volume, pod, options)
}

async function folderOf(volume: any, pod: any, options: FilesOptions): Promise<string> {
  const { objects, shared } = options
  if (volume.persistentVolumeClaim !== undefined) {
    const { claimName } = volume.persistentVolumeClaim
    const claim = await objects.get('PersistentVolumeClaim', claimName)
    if (claim?.status?.phase !== 'Bound') throw new Error(`the claim ${claimName} is not bound`)
    return folderNamed(shared, claimName)
  }
  const folder = folderNamed(options.folder, volume.name)
  if (volume.secret !== undefined) await secretInto(folder, volume.secret, objects, pod)
  else if (volume.projected !== undefined) await accountInto(folder, pod, options)
  else if (volume.emptyDir === undefined) throw new Error(`no volume like ${JSON.stringify(volume)}`)
  return folder
}

async function secretInto(folder: string, { secretName, items }: any, objects: Objects, pod: any): Promise<void> {
  const secret = await objects.get('Secret', secretName)
  for (const { key, path } of items) {
    const content = secret?.data?.[key]
    if (content === undefined) throw new Error(`the Secret ${secretName} has no ${key}`)
    writeWhole(join(folder, path), Buffer.from(content, 'base64'), pod)
  }
}

/** As the admission of the API server has put it into the pod. */
async function accountInto(folder: string, pod: any, { objects, caFile }: FilesOptions): Promise<void> {
  writeWhole(join(folder, 'token'), Buffer.from(await objects.tokenOf(pod.spec.serviceAccountName)), pod)
  writeWhole(join(folder, 'ca.crt'), readFileSync(caFile), pod)
  writeWhole(join(folder, 'namespace'), Buffer.from(pod.metadata.namespace), pod)
}

function writeWhole(path: string, content: Buffer, pod: any): void {
  const { fsGroup = 0 } = pod.spec.securityContext ?? {}
  writeFileSync(`${path}.half`, content, { mode: 0o440 })
  chownSync(`${path}.half`, 0, fsGroup)
  renameSync(`${path}.half`, path)
}

function folderNamed(parent: string, name: string): string {
  const folder = join(parent, name)
  mkdirSync(folder, { recursive: true })
  return folder
}
