/**
 * The authority of a cluster: it makes the certificates by which the processes of the cluster know each other, and no
 * process believes any other one. Its key stays in a folder of the nimbus that only its owner reads; nimbuses that take
 * turns share that folder.
 *
 * The law: a certificate says what its process is (`nimbus`, `supervisor`, `worker`), which of them, and at which
 * addresses it is reached. Nothing else that a process says of itself is believed.
 */
import { createHmac, randomBytes, webcrypto, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { messageOf, TyphoonError } from '../../errors/typhoon-error.ts'
import { fileTrouble, textIn, writePrivate } from '../../identity/file-trouble.ts'
import { folderMade, PRIVATE } from '../../identity/make-folder.ts'
import type { Tls } from '../../net/tls.ts'

/** What a process of a cluster is. */
export type ProcessRole = 'nimbus' | 'supervisor' | 'worker'

/** Who has a certificate. */
export interface Holder {
  readonly role: ProcessRole
  readonly name: string
}

/** A certificate, its key, and the authority of both ends; texts in PEM. */
export type Credentials = Required<Tls>

/** Whose certificate is wanted. */
export interface Wanted extends Holder {
  /** Names and addresses by which others reach it. */
  readonly hosts: readonly string[]
  readonly days: number
}

/**
 * So long counts what is not made anew while its process lives: the authority's own certificate, and those of workers
 * and of runs, whose keys are in the memory of one process alone and end with it.
 */
export const LIFELONG_DAYS = 3650
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 24 * 60 * 60 * 1000
/** The clock of another host may be behind. */
const BACKDATED_MS = 60 * 60 * 1000
const SERVER_AND_CLIENT = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']
const ROLE = /^typhoon (nimbus|supervisor|worker) ([\w.-]{1,100})$/
const CERTIFICATE = 'ca.pem'
const KEY = 'key.pem'
/** Of its folder. */
export const AUTHORITY_FILES = [CERTIFICATE, KEY] as const

export class Authority {
  /** The certificate of the authority, in PEM. */
  readonly ca: string
  readonly #key: webcrypto.CryptoKey
  readonly #keyBytes: Buffer
  readonly #now: () => Date

  private constructor(ca: string, key: webcrypto.CryptoKey, keyBytes: Buffer, now: () => Date) {
    this.ca = ca
    this.#key = key
    this.#keyBytes = keyBytes
    this.#now = now
  }

  /**
   * That of a folder.
   * @param isMade where there is none, one is made
   * @throws BAD_CONFIG where there is none, or it is damaged; FILE_UNUSABLE (rejects)
   */
  static async open(folder: string, now: () => Date, isMade: boolean): Promise<Authority> {
    try {
      const ca = await textIn(join(folder, CERTIFICATE))
      const key = await textIn(join(folder, KEY))
      if ((ca === undefined) !== (key === undefined)) throw new Error(`of ${CERTIFICATE} and ${KEY} one is missing`)
      if (ca !== undefined && key !== undefined) return await Authority.#of(ca, key, now)
      if (!isMade) throw new Error('there is none: the nimbus makes it when it begins, or typhoon cluster init')
      return await make(folder, now)
    } catch (cause) {
      if (cause instanceof TyphoonError) throw cause
      throw new TyphoonError('BAD_CONFIG', `${folder} cannot be used as an authority: ${messageOf(cause)}`, {
        where: { file: folder },
        hint: 'name the folder of a nimbus with --dir DIR; to take it from another nimbus, copy that one whole',
        cause,
      })
    }
  }

  /** Makes a certificate and its key. */
  async issue({ role, name, hosts, days }: Wanted): Promise<Credentials> {
    const x509 = await library()
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
    const now = this.#now().getTime()
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [`typhoon ${role} ${name}`] }],
      issuer: new x509.X509Certificate(this.ca).subject,
      notBefore: new Date(now - BACKDATED_MS),
      notAfter: new Date(now + days * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        new x509.ExtendedKeyUsageExtension(SERVER_AND_CLIENT),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ],
    })
    return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey), ca: this.ca }
  }

  /** A keyed digest that only who has the authority's key can make. */
  seal(said: string): string {
    return createHmac('sha256', this.#keyBytes).update(`typhoon join ${said}`).digest('base64url')
  }

  static async #of(ca: string, key: string, now: () => Date): Promise<Authority> {
    const keyBytes = Buffer.from(key.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const imported = await webcrypto.subtle.importKey('pkcs8', keyBytes, ALGORITHM, true, ['sign'])
    if (!new X509Certificate(ca).ca) throw new Error(`${CERTIFICATE} is not the certificate of an authority`)
    return new Authority(ca, imported, keyBytes, now)
  }
}

/** Who a certificate is for, by its common name; undefined where it is not one of a cluster. */
export function holderOf(commonName: unknown): Holder | undefined {
  const [, role, name] = (typeof commonName === 'string' && ROLE.exec(commonName)) || []
  return role === undefined || name === undefined ? undefined : { role: role as ProcessRole, name }
}

/** By which people know a cluster from another one. @param ca the certificate of its authority, in PEM */
export function clusterName(ca: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(ca).subject)?.[1] ?? 'a cluster without a name'
}

/** Whether it can be the name of a process in its certificate. */
export function isProcessName(given: string): boolean {
  return ROLE.test(`typhoon worker ${given}`)
}

async function make(folder: string, now: () => Date): Promise<Authority> {
  const x509 = await library()
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [`typhoon cluster ${randomBytes(6).toString('hex')}`] }],
    notBefore: new Date(now().getTime() - BACKDATED_MS),
    notAfter: new Date(now().getTime() + LIFELONG_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  await folderMade(folder, PRIVATE).catch((cause: unknown) => {
    throw fileTrouble(folder, 'written', cause)
  })
  await writePrivate(join(folder, KEY), await privatePem(keys.privateKey))
  await writePrivate(join(folder, CERTIFICATE), certificate.toString('pem'))
  return Authority.open(folder, now, false)
}

/** Loaded by who makes certificates alone: it takes a tenth of a second. */
async function library(): Promise<typeof import('@peculiar/x509')> {
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(webcrypto as never)
  return x509
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${bytes.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

/** Positive, and never used before: 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0]! &= 0x7f
  bytes[0]! |= 0x40
  return bytes.toString('hex')
}
