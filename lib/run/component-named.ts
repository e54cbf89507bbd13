/** A component out of the name of its class, as YAML names it: for who runs it outside of a topology. */
import { DefinitionError, TyphoonError } from '../errors/typhoon-error.ts'
import { findOwnPackage } from '../flux/modules/own-package.ts'
import type { Component } from '../topology/component/component.ts'
import { validateConfig } from '../topology/config/config-check.ts'
import { isClass } from '../util/signature.ts'
import { classNamed } from './with-annexes.ts'

const KINDS: readonly unknown[] = ['spout', 'bolt', 'basic-bolt']

/**
 * An instance of what a className names: a class, or a function that returns one.
 * Its module finds Typhoon, wherever it is.
 * @param file what a relative path is relative to; it need not be there
 * @throws FILE_NOT_FOUND, MODULE_FAILED, UNKNOWN_EXPORT, NOT_A_COMPONENT, BAD_CONFIG, and what the constructor throws
 * (rejects)
 */
export async function componentNamed(className: string, args: readonly unknown[], file: string): Promise<Component> {
  findOwnPackage(file)
  const target = await classNamed(className, file)
  if (typeof target !== 'function') throw notAComponent(`${className} is neither a class nor a function`)
  const made: unknown = isClass(target as never) ? Reflect.construct(target, args) : await target(...args)
  if (!KINDS.includes(Object(made).kind)) throw notAComponent(`${className} is neither a spout nor a bolt`)
  const component = made as Component
  const wrong = validateConfig(component.getComponentConfiguration?.() ?? {})
  if (wrong.length > 0) throw new DefinitionError(wrong)
  return component
}

function notAComponent(message: string): TyphoonError {
  const hint = 'it must be a class that extends Spout, Bolt or BasicBolt, or a function that returns an instance of one'
  return new TyphoonError('NOT_A_COMPONENT', message, { hint })
}
