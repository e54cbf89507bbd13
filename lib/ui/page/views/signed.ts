/** Who looks, for whatever part of the page wants to know. */
import { createContext } from 'preact'
import type { Who } from '../session.ts'

/** Who looks, and how that ends. */
export interface SignedIn {
  readonly who: Who
  onSignOut(): void
  /** The server does not know the session any more. */
  onEnded(): void
}

export const Signed = createContext<SignedIn>(undefined as unknown as SignedIn)
