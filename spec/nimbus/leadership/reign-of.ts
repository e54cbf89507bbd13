/** A nimbus that leads from the beginning, over a directory. */
import { DirectoryLeadership } from '../../../lib/nimbus/leadership/directory-leadership.ts'
import type { Reign } from '../../../lib/nimbus/leadership/leadership.ts'

export function reignOf(directory: string): Promise<Reign> {
  return new DirectoryLeadership(directory).campaign({ id: 'one', address: '' }, new AbortController().signal)
}
