/** Why a DRPC server refuses a request, in the words of HTTP and of its clients. */
import { TyphoonError } from '../../index.ts'
import type { Objection } from '../../net/guard.ts'

/** A refusal, with its status of HTTP. */
export interface Refusal {
  readonly status: number
  readonly error: TyphoonError
}

/** A refusal. */
export function refusal(
  status: number,
  code: TyphoonError['code'],
  message: string,
  more: { hint?: string } = {},
): Refusal {
  return { status, error: new TyphoonError(code, message, more) }
}

/** @param host that the request names */
export function refusalFor(objection: Objection, host = ''): Refusal {
  switch (objection) {
    case 'foreign host':
      return refusal(403, 'REFUSED', `the DRPC server does not serve the host "${host.slice(0, 100)}"`, {
        hint: 'ask for 127.0.0.1 or localhost',
      })
    case 'foreign page':
      return refusal(403, 'REFUSED', 'the DRPC server refuses requests from web pages', {
        hint: 'ask from a server of your own',
      })
    case 'no token':
    case 'wrong token': {
      const got = objection === 'no token' ? 'the request has none' : 'the one in the request is wrong'
      return refusal(401, 'DRPC_UNAUTHORIZED', `the DRPC server requires a token, and ${got}`, {
        hint: 'send it as "Authorization: Bearer TOKEN"; typhoon drpc takes --token and TYPHOON_DRPC_TOKEN',
      })
    }
  }
}
