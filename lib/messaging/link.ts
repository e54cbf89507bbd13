/**
 * The port of messaging: what the rest of Typhoon knows of the wire. A link carries frames between two processes, in
 * order, each once or not at all; it does not know what they mean, but for the `bye` frame that ends it.
 *
 * The promise: a link never loses a frame silently while it stays open (a simulated one may, as it is told to), and
 * `onClose` is called exactly once, whatever happened. Implementations: `websocket.ts`, and
 * `lib/testing/network` in one process; both pass `spec/contract/links.ts`.
 */
import type { Problem } from '../errors/typhoon-error.ts'
import type { Incarnation, WorkerId } from '../tuple/ids.ts'

/** Who a process is. */
export interface Identity {
  /** Id of the run (of the topology that runs): processes of different runs refuse each other. */
  run: string
  /** 0 is the nimbus. */
  worker: WorkerId
  incarnation: Incarnation
}

/** Whom a dialer means to reach; without an incarnation any will do. */
export interface Expected {
  worker: WorkerId
  incarnation?: Incarnation
}

/**
 * One end of an open connection. All listeners are called from the event loop, except where a method says otherwise.
 */
export interface Link {
  /** Who is at the other end, as the handshake said. */
  readonly peer: Identity

  /**
   * Never blocks; order is kept; after close it does nothing. The link owns the bytes from now on: they must not be
   * changed.
   * @throws FRAME_TOO_LARGE where the frame is over the limit that both ends agree on.
   */
  send(frame: Uint8Array): void

  /** Bytes accepted but not yet handed to the network; 0 once closed. Cheap enough to ask after every send. */
  readonly bufferedBytes: number

  /**
   * Sets the one listener of frames. Frames that came earlier are kept for it and delivered within this call. A
   * listener that throws a TyphoonError of the wire (BAD_FRAME, FRAME_TOO_LARGE, FRAME_LOST) closes the link with it;
   * anything else it throws is a defect and is thrown on. It may keep the frame, or parts of it.
   */
  onFrame(listener: (frame: Uint8Array) => void): void

  /**
   * Calls back once, as soon as `bufferedBytes` is at most `limit`: within this call if it is so now. Called too when
   * the link closes, after `onClose`, since then nothing waits any more.
   */
  onWritable(limit: number, listener: () => void): void

  /**
   * Sets the one listener of the end; called once, within this call if the link has closed already. The reason is
   * undefined after an orderly end (`close()` without a reason at either end); LINK_LOST where the other end vanished.
   */
  onClose(listener: (reason: Problem | undefined) => void): void

  /**
   * Ends the link: what was sent before still goes out, then the peer is told why with a bye frame, where possible. The
   * own `onClose` is called within this call, with the same reason. Idempotent. Resolves, and never rejects, when
   * the connection is gone: wait for it before the process exits, or the bye frame may be lost.
   */
  close(reason?: Problem): Promise<void>
}

/** Something that accepts links. */
export interface Listener {
  /** What the others dial. */
  readonly address: string
  /** Stops accepting and frees the port; links that are open live on. */
  close(): Promise<void>
}

/** Who listens, on which port, and whom it lets in. */
export interface ListenOptions {
  identity: Identity
  /** Any free port unless named. */
  port?: number
  /**
   * Asked once the peer has proved that it knows the secret, and is of this run; a problem refuses it, and its message
   * tells it why.
   */
  accept(peer: Identity): Problem | undefined
  onLink(link: Link): void
  /** Connections cannot be accepted for now; it goes on by itself. */
  onTrouble?(problem: Problem): void
}

/** The maker of links. */
export interface Network {
  /** @throws PORT_TAKEN (rejects). */
  listen(options: ListenOptions): Promise<Listener>
  /** @throws REFUSED by either side's checks, LINK_LOST if there is no answer (rejects). */
  dial(address: string, identity: Identity, expect: Expected): Promise<Link>
}
