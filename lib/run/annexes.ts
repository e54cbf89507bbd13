/** The annexes that come with Typhoon. A further one is a manifest of its own, and a name here. */
import type { Annex } from '../annex/annex.ts'
import { componentsAnnex } from '../components/annex.ts'
import { joinsAnnex } from '../joins/annex.ts'
import { multilangAnnex } from '../multilang/annex.ts'
import { tridentAnnex } from '../trident/annex.ts'
import { windowsAnnex } from '../windows/annex.ts'

export const ANNEXES: readonly Annex[] = [componentsAnnex, windowsAnnex, joinsAnnex, multilangAnnex, tridentAnnex]
