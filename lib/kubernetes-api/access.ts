/** How the API server of a cluster is reached, and who asks it. */

/** What an API server is asked with, as it is at the moment: it may be another one soon, for tokens are changed. */
export interface Credentials {
  /** Certificates, PEM, that the server's must be signed by; those of Node.js unless given. */
  readonly ca?: string | undefined
  readonly token?: string | undefined
  /** Of the client, PEM. */
  readonly cert?: string | undefined
  readonly key?: string | undefined
}

/** One cluster, as somebody reaches it. */
export interface ClusterAccess {
  /** URL of the API server: https, and on loopback http, too. */
  readonly server: string
  /** Unless another one is said. */
  readonly namespace: string
  /** Is asked before each request. @throws KUBERNETES_REFUSED (rejects) where there are none */
  credentials(): Promise<Credentials>
}
