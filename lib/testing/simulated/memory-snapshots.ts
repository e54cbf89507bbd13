/** Snapshots in the memory of a test: they outlive its workers, and its runs. */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { filesOf, type Manifest } from '../../snapshots/manifest.ts'
import type { NewFile, SnapshotStore } from '../../snapshots/snapshot-store.ts'

export class MemorySnapshots implements SnapshotStore {
  readonly #files = new Map<string, Buffer>()
  readonly #manifests = new Map<number, Manifest>()
  /** Told of each call before it is answered; what it throws is what the caller gets. */
  readonly #before: (call: string) => void

  constructor(before: (call: string) => void = () => {}) {
    this.#before = before
  }

  async create(name: string): Promise<NewFile> {
    this.#before('create')
    const chunks: Buffer[] = []
    const before = this.#before
    const files = this.#files
    return {
      name,
      get size() {
        return chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      },
      async append(bytes) {
        before('append')
        chunks.push(Buffer.from(bytes))
      },
      async finish() {
        before('finish')
        files.set(name, Buffer.concat(chunks))
      },
      async abandon() {},
    }
  }

  async read(name: string, offset: number, length: number): Promise<Buffer> {
    this.#before('read')
    const file = this.#files.get(name)
    if (file === undefined || file.length < offset + length) throw missing(name)
    return file.subarray(offset, offset + length)
  }

  async list(): Promise<number[]> {
    this.#before('list')
    return [...this.#manifests.keys()].sort((a, b) => b - a)
  }

  async manifest(snapshot: number): Promise<Manifest> {
    this.#before('manifest')
    return this.#manifests.get(snapshot)!
  }

  async complete(manifest: Manifest): Promise<void> {
    this.#before('complete')
    for (const name of filesOf(manifest)) if (!this.#files.has(name)) throw missing(name)
    this.#manifests.set(manifest.snapshot, manifest)
  }

  /** Someone removes the files of all snapshots; or the snapshots themselves, too. */
  lose(what: 'files' | 'all'): void {
    this.#files.clear()
    if (what === 'all') this.#manifests.clear()
  }

  async retain(manifests: readonly Manifest[]): Promise<void> {
    const kept = new Set(manifests.map(({ snapshot }) => snapshot))
    const newest = kept.size === 0 ? Number.POSITIVE_INFINITY : Math.max(...kept)
    for (const snapshot of this.#manifests.keys())
      if (!kept.has(snapshot) && snapshot <= newest) this.#manifests.delete(snapshot)
    const files = new Set(manifests.flatMap((manifest) => [...filesOf(manifest)]))
    for (const name of this.#files.keys())
      if (!files.has(name) && Number.parseInt(name, 10) <= newest) this.#files.delete(name)
  }
}

function missing(name: string): TyphoonError {
  return new TyphoonError('STATE_CORRUPT', `the file ${name} of a snapshot is missing`, { where: { file: name } })
}
