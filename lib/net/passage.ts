/**
 * A passage from loopback to a server of TLS: whoever connects to a port of this machine is connected to that server,
 * over a connection that shows this process's certificate. What is said passes as it is, both ways.
 *
 * The law: it listens on loopback alone, and has a bounded number of connections; the server sees to the rest.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { connect } from 'node:tls'
import { shareOfDescriptors } from '../identity/descriptors.ts'
import { LOOPBACK } from './loopback.ts'
import { clientTls, type Tls } from './tls.ts'

/** Where a passage leads. */
export interface PassageEnd {
  /** `https://10.0.0.1:40123` */
  readonly address: string
  readonly tls: Tls
}

const MOST_CONNECTIONS = 1024
const SHARE = 10

export class Passage {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  /**
   * @param end where it leads just now, asked for each connection
   * @throws what the system says where the port cannot be had (rejects)
   */
  static open(port: number, end: () => PassageEnd): Promise<Passage> {
    return new Promise((resolve, reject) => {
      const server = createServer({ noDelay: true })
      server.maxConnections = shareOfDescriptors(SHARE, MOST_CONNECTIONS)
      const passage = new Passage(server)
      server.on('connection', (socket) => passage.#pass(socket, end()))
      // Once it listens, an error of the server ends nothing.
      server.on('error', reject)
      server.listen(port, LOOPBACK, () => resolve(passage))
    })
  }

  /** Frees the port, and ends all that pass. */
  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass(near: Socket, { address, tls }: PassageEnd): void {
    const { hostname, port } = new URL(address)
    const far = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), ...clientTls(tls) })
    this.#sockets.add(near)
    near.on('close', () => {
      this.#sockets.delete(near)
      far.destroy()
    })
    const end = (): void => void near.destroy()
    pipeline(near, far, end)
    pipeline(far, near, end)
  }
}
