/** The volume that all pods reach: snapshots, savepoints and the code of topologies, by which a topology goes on. */
import type { Manifest, Names } from './names.ts'
import type { Storage } from './options.ts'

export function storageManifests(names: Names, { size, className }: Storage): Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: names.metadata(names.of('shared')),
      spec: {
        accessModes: ['ReadWriteMany'],
        ...(className === undefined ? {} : { storageClassName: className }),
        resources: { requests: { storage: size } },
      },
    },
  ]
}
