/**
 * Which versions of Typhoon work together in a cluster: those that speak the same protocols, that of supervisors with
 * their nimbus and that of workers with each other and with it. A supervisor says both when it asks for its link, and a
 * nimbus that speaks others refuses it there, before either has sent anything that the other one could misread.
 *
 * The law: a message that the version before would refuse needs another number. One that has more than before does not,
 * for what is not known of a message is not looked at.
 */
import type { Problem } from '../errors/typhoon-error.ts'
import { PROTOCOL_VERSION } from '../messaging/frames.ts'
import { shorten } from '../words/suggest.ts'

/** Of what supervisors and nimbuses say to each other, see `messages.ts`. */
const CLUSTER_PROTOCOL = 1
const PROTOCOLS_HEADER = 'typhoon-protocols'
const VERSION_HEADER = 'typhoon-version'
/** Both, as they are compared. */
const PROTOCOLS = `${CLUSTER_PROTOCOL}.${PROTOCOL_VERSION}`
const LONGEST = 50

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a supervisor says of itself when it asks for its link. @param version of Typhoon */
export function versionHeaders(version: string): Record<string, string> {
  return { [PROTOCOLS_HEADER]: PROTOCOLS, [VERSION_HEADER]: version }
}

/**
 * Why a supervisor may not come in; undefined where it may.
 * @param host its name
 * @param version of this nimbus
 */
export function versionObjection(host: string, headers: Headers, version: string): Problem | undefined {
  const protocols = headers[PROTOCOLS_HEADER]
  if (protocols === PROTOCOLS) return undefined
  const its = `Typhoon ${told(headers[VERSION_HEADER])} with the protocols ${told(protocols)}`
  return {
    code: 'JOIN_REFUSED',
    message: `host ${host} runs ${its}, and this nimbus ${version} with ${PROTOCOLS}: they do not understand each other`,
    where: {},
    hint: 'let the nimbuses and the hosts of a cluster run versions of the same protocols; the host tries again',
  }
}

function told(said: string | string[] | undefined): string {
  return said === undefined ? '(it does not say)' : shorten(String(said), LONGEST)
}
