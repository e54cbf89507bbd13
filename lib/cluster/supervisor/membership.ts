/**
 * That a host is one of a cluster: its name, its certificate, and where the nimbuses are. It is kept in a folder that
 * only its owner reads, so that a host joins once; the certificate is made anew when half of its time is over.
 */
import { X509Certificate } from 'node:crypto'
import { join as joinPath } from 'node:path'
import { TyphoonError, toProblem } from '../../errors/typhoon-error.ts'
import { fileTrouble, textIn, writePrivate } from '../../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'
import { list, object, text } from '../../shape/guards.ts'
import { type Credentials, clusterName, holderOf } from '../trust/authority.ts'
import type { JoinToken } from '../trust/join-token.ts'
import { namesAll } from '../trust/reached-by.ts'
import { join, renew } from './nimbus-client.ts'

/** Who a host is. */
export interface Self {
  readonly name: string
  /** Names and addresses by which others reach it. */
  readonly hosts: readonly string[]
}

const kept = object({ nimbuses: list(text(300)), cert: text(20_000), key: text(20_000), ca: text(20_000) })
const FILE = 'membership.json'

export class Membership {
  readonly nimbuses: readonly string[]
  #credentials: Credentials
  readonly #self: Self
  readonly #path: string
  readonly #now: () => Date

  private constructor(
    nimbuses: readonly string[],
    credentials: Credentials,
    self: Self,
    path: string,
    now: () => Date,
  ) {
    this.nimbuses = nimbuses
    this.#credentials = credentials
    this.#self = self
    this.#path = path
    this.#now = now
  }

  /** What it shows, and whom it believes. */
  get credentials(): Credentials {
    return this.#credentials
  }

  /** Who it is, as its certificate says. */
  get name(): string {
    return nameIn(this.#credentials.cert) ?? this.#self.name
  }

  /**
   * That which is kept in a folder, or a new one by a token.
   * @throws JOIN_REFUSED, OTHER_CLUSTER, SERVICE_UNREACHABLE, BAD_CONFIG, FILE_UNUSABLE (rejects)
   */
  static async open(folder: string, self: Self, token: JoinToken | undefined, now: () => Date): Promise<Membership> {
    const path = joinPath(folder, FILE)
    const known = await readKept(path)
    if (known !== undefined && token !== undefined && known.ca !== token.ca)
      throw otherCluster(path, known.ca, token.ca)
    // With a token it may get others than those that it has.
    const isReached = token === undefined || (known !== undefined && namesAll(known.cert, self.hosts))
    if (known !== undefined && isReached && nameIn(known.cert) === self.name) {
      const { nimbuses, ...credentials } = known
      const member = new Membership(token?.nimbus ?? nimbuses, credentials, self, path, now)
      if (new Date(new X509Certificate(known.cert).validTo) > now()) return member
    }
    if (token === undefined) throw notJoined(path, ` as "${self.name}"`)
    await folderMade(folder, PRIVATE).catch((cause: unknown) => {
      throw fileTrouble(folder, 'written', cause)
    })
    const credentials = await joinAny(token, self)
    const member = new Membership(token.nimbus, credentials, self, path, now)
    await member.#keep()
    return member
  }

  /** Where the nimbuses are that a folder knows of. @throws JOIN_REFUSED where it is of none, BAD_CONFIG (rejects) */
  static async nimbusesIn(folder: string): Promise<readonly string[]> {
    const path = joinPath(folder, FILE)
    const known = await readKept(path)
    if (known === undefined) throw notJoined(path)
    return known.nimbuses
  }

  /** @throws JOIN_REFUSED where its certificate counts no more, and so does not get it another one */
  check(): void {
    const { validTo } = new X509Certificate(this.#credentials.cert)
    if (this.#now().getTime() < Date.parse(validTo)) return
    const on = new Date(validTo).toISOString()
    throw new TyphoonError('JOIN_REFUSED', `the certificate of this host has expired on ${on}`, {
      where: { file: this.#path },
      hint: 'is the clock right? Else begin it again with a new token of the nimbus (typhoon cluster token): --join FILE',
    })
  }

  /**
   * Gets another certificate where half of the time of this one is over.
   * @throws what hinders it (rejects), which may pass until all of it is
   */
  async refresh(nimbus: string): Promise<void> {
    const { validFrom, validTo } = new X509Certificate(this.#credentials.cert)
    const middle = (Date.parse(validFrom) + Date.parse(validTo)) / 2
    if (this.#now().getTime() < middle) return
    this.#credentials = await renew(nimbus, this.#credentials, this.#self.hosts)
    await this.#keep()
  }

  async #keep(): Promise<void> {
    await writePrivate(this.#path, JSON.stringify({ nimbuses: this.nimbuses, ...this.#credentials }))
  }
}

/** The name of the host that a certificate is for. */
function nameIn(certificate: string): string | undefined {
  const { subject } = new X509Certificate(certificate)
  const holder = holderOf(/^CN=(.*)$/m.exec(subject)?.[1])
  return holder?.role === 'supervisor' ? holder.name : undefined
}

/** @throws JOIN_REFUSED at once, SERVICE_UNREACHABLE where none answers (rejects) */
async function joinAny(token: JoinToken, { name, hosts }: Self): Promise<Credentials> {
  let last: unknown
  for (const nimbus of token.nimbus) {
    try {
      return await join(nimbus, token, name, hosts)
    } catch (error) {
      if (toProblem(error).code === 'JOIN_REFUSED') throw error
      last = error
    }
  }
  throw last
}

async function readKept(path: string) {
  const content = await textIn(path)
  if (content === undefined) return undefined
  try {
    const found: unknown = JSON.parse(content)
    if (kept(found)) return found
  } catch {
    // It is said below.
  }
  throw unusable(path, 'it is damaged')
}

function otherCluster(path: string, own: string, other: string): TyphoonError {
  const message = `this folder is that of a host of "${clusterName(own)}", and the token is of "${clusterName(other)}"`
  return new TyphoonError('OTHER_CLUSTER', message, {
    where: { file: path },
    hint: 'join the other one with another folder (--dir DIR); to leave the first one for good, remove this folder',
  })
}

function notJoined(path: string, as = ''): TyphoonError {
  return new TyphoonError('JOIN_REFUSED', `this host has not joined a cluster${as}`, {
    where: { file: path },
    hint: 'make a token on the nimbus (typhoon cluster token > FILE), bring the file here, and add --join FILE',
  })
}

function unusable(path: string, why: string): TyphoonError {
  return new TyphoonError('BAD_CONFIG', `${path} cannot be used: ${why}`, {
    where: { file: path },
    hint: 'remove it, and join again with --join FILE',
  })
}
