/** What the pods of both programs have in common: whose they are, what they may, and where they write. */
import type { Names, Part } from './names.ts'

/** The folder of everything that a program keeps. */
export const FOLDER = '/var/lib/typhoon'
/** A program that has no other place to write to may write here. */
const TEMPORARY = '/tmp'
/** The user `node` of the image. */
const USER = 1000
/**
 * Folders of the volume that all pods reach: snapshots and savepoints, and for nimbuses the code of topologies. Hosts
 * fetch code from the nimbus, and remove from their own folder what they do not run.
 */
const SHARED = { nimbus: ['state', 'blobs'], worker: ['state'] } as const

/** What is in a file of a Secret. */
export interface MountedSecret {
  readonly secret: string
  readonly key: string
  /** The folder in which the key is a file. */
  readonly folder: string
}

/** One program, as a pod. */
export interface PodOptions {
  readonly names: Names
  readonly part: Part
  readonly image: string
  readonly args: readonly string[]
  /** Claim of the volume that all pods reach; undefined: each pod has its own, which ends with it. */
  readonly claim: string | undefined
  readonly secrets: readonly MountedSecret[]
  readonly graceSeconds: number
  /** Of the container: its ports, its probes, its resources. */
  readonly container: Readonly<Record<string, unknown>>
  /** Of the pod: its account, where it may be. */
  readonly pod: Readonly<Record<string, unknown>>
}

/** The template of a pod: no root, no capabilities, nothing to write to but its volumes. */
export function podTemplate({ names, part, image, args, claim, secrets, graceSeconds, container, pod }: PodOptions) {
  const volumes = [
    { name: 'own', emptyDir: {} },
    { name: 'temporary', emptyDir: {} },
    ...(claim === undefined ? [] : [{ name: 'shared', persistentVolumeClaim: { claimName: claim } }]),
    ...secrets.map(({ secret, key }) => ({
      name: `secret-${key}`,
      // The kubelet waits with the pod until the nimbus has put the key into the Secret.
      secret: { secretName: secret, items: [{ key, path: key }], defaultMode: 0o440 },
    })),
  ]
  const mounts = [
    { name: 'own', mountPath: FOLDER },
    { name: 'temporary', mountPath: TEMPORARY },
    ...(claim === undefined
      ? []
      : SHARED[part].map((folder) => ({ name: 'shared', mountPath: `${FOLDER}/${folder}`, subPath: folder }))),
    ...secrets.map(({ key, folder }) => ({ name: `secret-${key}`, mountPath: folder, readOnly: true })),
  ]
  return {
    metadata: { labels: names.selector(part) },
    spec: {
      ...pod,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: part,
          image,
          args,
          env: [
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
          ],
          ...container,
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, privileged: false },
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: mounts,
        },
      ],
      volumes,
    },
  }
}
