/**
 * The steps that look at one tuple after the other: what the user handed over is checked here, and becomes a step with
 * its name in plans, its fields, and whether it does the same again for a batch that is played again.
 */
import { Fields } from '../../index.ts'
import type {
  Consumer,
  FlatMapFunction,
  MapFunction,
  PerTask,
  TridentFilter,
  TridentFunction,
} from '../model/operation.ts'
import {
  eachProcessor,
  filterProcessor,
  flatMapProcessor,
  mapProcessor,
  peekProcessor,
  projectProcessor,
} from '../operation/local.ts'
import { checkFilter, checkOperation, checkOutputs, steadinessOf } from './check-operation.ts'
import { appended, checkFields, making, type NewStep } from './wiring.ts'

/** Appends what a function emits. @throws UNKNOWN_FIELD, DUPLICATE_FIELD, NOT_AN_OPERATION */
export function eachStep(
  fields: Fields,
  inputFields: readonly string[],
  fn: PerTask<TridentFunction>,
  outFields: Fields,
): NewStep {
  checkFields(fields, inputFields, 'each')
  checkOperation(fn, 'function', 'each')
  checkOutputs(outFields, 'each')
  return {
    label: `each ${inputFields.join(', ')} → ${outFields.names.join(', ')}`,
    create: eachProcessor(inputFields, fn, outFields.names),
    steady: steadinessOf(fn),
    outputs: appended(fields, outFields),
    made: [outFields],
  }
}

/** Keeps what passes. @param method of the stream, as errors name it @throws UNKNOWN_FIELD, NOT_AN_OPERATION */
export function filterStep(
  fields: Fields,
  inputFields: readonly string[],
  filter: PerTask<TridentFilter>,
  method: string,
): NewStep {
  checkFields(fields, inputFields, method)
  checkFilter(filter, method)
  return {
    label: `filter ${inputFields.join(', ')}`,
    create: filterProcessor(filter, inputFields),
    steady: steadinessOf(filter),
    outputs: fields,
  }
}

/** One tuple for each. @throws NOT_AN_OPERATION */
export function mapStep(fn: PerTask<MapFunction>, outFields: Fields): NewStep {
  checkOperation(fn, 'function', 'map')
  checkOutputs(outFields, 'map')
  return {
    label: `map → ${outFields.names.join(', ')}`,
    create: mapProcessor(fn, outFields.names),
    steady: steadinessOf(fn),
    ...making(outFields),
  }
}

/** Any number of tuples for each. @throws NOT_AN_OPERATION */
export function flatMapStep(fn: PerTask<FlatMapFunction>, outFields: Fields): NewStep {
  checkOperation(fn, 'function', 'flatMap')
  checkOutputs(outFields, 'flatMap')
  return {
    label: `flatMap → ${outFields.names.join(', ')}`,
    create: flatMapProcessor(fn, outFields.names),
    steady: steadinessOf(fn),
    ...making(outFields),
  }
}

/** Looks at each tuple. @throws NOT_AN_OPERATION */
export function peekStep(fields: Fields, consumer: PerTask<Consumer<any>>): NewStep {
  checkOperation(consumer, 'function', 'peek')
  return { label: 'peek', create: peekProcessor(consumer), outputs: fields, steady: 'always' }
}

/** Keeps some fields. @throws UNKNOWN_FIELD */
export function projectStep(fields: Fields, names: readonly string[]): NewStep {
  checkFields(fields, names, 'project')
  return {
    label: `project ${names.join(', ')}`,
    create: projectProcessor(names),
    steady: 'always',
    outputs: new Fields(names),
  }
}
