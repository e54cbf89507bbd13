/** What can be said of an export to Kubernetes. */
export interface ExportOptions {
  /** The image of Typhoon, which every pod runs. */
  readonly image: string
  /** Of the cluster; made of that of the topology unless given. */
  readonly name?: string | undefined
  /** What `kubectl` is told, unless given. */
  readonly namespace?: string | undefined
  /** Pods of the nimbus; one leads. */
  readonly nimbuses: number
  /** Pods of workers beyond those of the topology, for the tasks of a node that dies. */
  readonly spares: number
  /** The volume that all pods reach; undefined: there is none. */
  readonly storage: Storage | undefined
}

/** A volume. */
export interface Storage {
  /** `10Gi` */
  readonly size: string
  /** The default of the cluster unless given. */
  readonly className?: string | undefined
}

/** What a pod is to be given, in the units of Kubernetes. */
export interface PodResources {
  readonly requests: { readonly cpu: string; readonly memory: string }
  /**
   * Memory is not shared out again, so its limit is what was asked for; processor time that nobody else wants is taken,
   * so it has none.
   */
  readonly limits: { readonly memory: string }
}
