/** The serializers by name. */

import { TyphoonError } from '../../errors/typhoon-error.ts'
import { suggest } from '../../words/suggest.ts'
import { json } from './json.ts'
import { msgpack } from './msgpack.ts'
import type { Serializer } from './serializer.ts'

/** Ours, and the Java classes that the files of Storm's users name. */
const SERIALIZERS: Readonly<Record<string, Serializer>> = {
  json,
  msgpack,
  'org.apache.storm.multilang.JsonSerializer': json,
  'backtype.storm.multilang.JsonSerializer': json,
  'com.yelp.pyleus.serializer.MessagePackSerializer': msgpack,
}

/** The serializer of that name (`topology.multilang.serializer`). @throws BAD_CONFIG */
export function serializerOf(name: string): Serializer {
  if (Object.hasOwn(SERIALIZERS, name)) return SERIALIZERS[name]!
  throw new TyphoonError('BAD_CONFIG', `topology.multilang.serializer "${name}" is not a serializer`, {
    hint: suggest(name, Object.keys(SERIALIZERS)),
  })
}
