/**
 * What a child gets first: its configuration, but for secrets of the runtime, and its place in the topology. Rule:
 * Storm's `TopologyContext.toJSONString`.
 */
import { CONFIG_KEYS, type Fields, type TaskContext } from '../../index.ts'
import type { ContextJson, GroupingJson, Handshake } from '../wire/messages.ts'

type Grouping = TaskContext['targets'] extends ReadonlyMap<string, ReadonlyMap<string, infer G>> ? G : never

/**
 * @param version of Typhoon: a child that finds it in its configuration knows what it may say beyond Storm's protocol
 */
export function handshakeOf(context: TaskContext, pidDir: string, version: string): Handshake {
  const config = Object.entries(context.config).filter(([key]) => !isSecret(key))
  const conf = { ...Object.fromEntries(config), 'topology.name': context.topology, 'typhoon.version': version }
  return { conf, pidDir, context: contextJson(context) }
}

function isSecret(key: string): boolean {
  return 'secret' in ((CONFIG_KEYS as Readonly<Record<string, object>>)[key] ?? {})
}

function contextJson(context: TaskContext): ContextJson {
  const outputs = context.streamsOf(context.component)
  return {
    'task->component': Object.fromEntries(context.taskToComponent),
    taskid: context.task,
    componentid: context.component,
    streams: [...outputs.keys()],
    'stream->outputfields': toObject(outputs, namesOf),
    'stream->target->grouping': toObject(context.targets, (targets) => toObject(targets, groupingJson)),
    'source->stream->grouping': toObject(context.sources, (streams) => toObject(streams, groupingJson)),
    'source->stream->fields': Object.fromEntries(
      [...context.sources].map(([source, streams]) => {
        const declared = context.streamsOf(source)
        return [source, toObject(streams, (_, stream) => declared.get(stream)?.names ?? [])]
      }),
    ),
  }
}

const namesOf = (fields: Fields): readonly string[] => fields.names

/** `local-or-shuffle` is LOCAL_OR_SHUFFLE in Storm. */
function groupingJson({ type, fields }: Grouping): GroupingJson {
  const name = type.toUpperCase().replaceAll('-', '_')
  return fields === undefined ? { type: name } : { type: name, fields }
}

function toObject<V, T>(map: ReadonlyMap<string, V>, turn: (value: V, key: string) => T): Record<string, T> {
  return Object.fromEntries([...map].map(([key, value]) => [key, turn(value, key)]))
}
