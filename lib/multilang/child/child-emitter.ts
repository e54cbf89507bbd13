/**
 * How a component in a child process emits: it checks what a worker would check, as far as the handshake tells the
 * streams, so that `emit` throws where the mistake is.
 */
import { TyphoonError } from '../../errors/typhoon-error.ts'
import { DEFAULT_STREAM, type Emitted, type Fields, type TaskId } from '../../index.ts'
import { NO_TASKS } from '../../tuple/ids.ts'
import type { EmitHead, EmitOrigin } from '../wire/serializer.ts'
import type { ChildContext } from './child-context.ts'
import type { Output } from './output.ts'
import type { AsksForTaskIds, TaskIdRequests } from './task-ids.ts'

interface ChildStream {
  readonly component: string
  readonly stream: string
  readonly fields: Fields
  readonly quiet: EmitHead
  readonly asking: EmitHead
}

export class ChildEmitter implements AsksForTaskIds {
  readonly #context: ChildContext
  readonly #output: Output
  readonly #requests: TaskIdRequests
  readonly #streams: ReadonlyMap<string, ChildStream>

  constructor(context: ChildContext, output: Output, requests: TaskIdRequests) {
    this.#context = context
    this.#output = output
    this.#requests = requests
    this.#streams = new Map(
      [...context.streamsOf(context.component)].map(([stream, fields]) => [
        stream,
        {
          component: context.component,
          stream,
          fields,
          quiet: { stream, need_task_ids: false },
          asking: { stream, need_task_ids: true },
        },
      ]),
    )
  }

  /**
   * The tasks are not known, unless `taskIdsOf` asks for them. Hot.
   * @throws UNDECLARED_STREAM, WRONG_VALUES, CANNOT_ENCODE
   */
  emit(emitted: Emitted, origin: EmitOrigin, name: string = DEFAULT_STREAM): readonly TaskId[] {
    const stream = this.#declared(name)
    const values = stream.fields.valuesOf(emitted, stream)
    this.#requests.send((asks) => this.#output.emit(asks ? stream.asking : stream.quiet, values, origin))
    this.#context.observe((hook) => hook.emit?.({ stream: name, values, tasks: NO_TASKS }))
    return NO_TASKS
  }

  askForTaskIds(emit: () => readonly TaskId[]): Promise<readonly TaskId[]> {
    return this.#requests.ask(emit)
  }

  /** @throws as `emit` */
  emitDirect(task: TaskId, emitted: Emitted, origin: EmitOrigin, name: string = DEFAULT_STREAM): void {
    const stream = this.#declared(name)
    const values = stream.fields.valuesOf(emitted, stream)
    this.#output.emit({ stream: name, task, need_task_ids: false }, values, origin)
    this.#context.observe((hook) => hook.emit?.({ stream: name, values, tasks: [task] }))
  }

  #declared(name: string): ChildStream {
    const stream = this.#streams.get(name)
    const { component } = this.#context
    if (stream === undefined) {
      const known = [...this.#streams.keys()].join(', ')
      throw new TyphoonError('UNDECLARED_STREAM', `"${component}" has no stream "${name}" where it is declared`, {
        where: { component, stream: name },
        hint: known === '' ? 'it has none' : `it has ${known}`,
      })
    }
    return stream
  }
}
