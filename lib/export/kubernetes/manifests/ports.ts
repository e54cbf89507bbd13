/** Ports of the nimbus: of its HTTP interface, and of the cluster, where supervisors dial it. */
export const ports = {
  http: { name: 'http', port: 6627 },
  cluster: { name: 'cluster', port: 6628 },
} as const
