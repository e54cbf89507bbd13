/**
 * What the API server of Kubernetes takes, as schemas: those that it publishes as OpenAPI, without their descriptions,
 * for the kinds that an export writes. `manifest-schemas.json` holds them; `npm run test:kubernetes` compares it with
 * what the API server says.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/sources.ts'

/** A part of JSON Schema, as OpenAPI has it. A name under `ref` is that of another one. */
export interface Schema {
  readonly type?: string
  readonly format?: string
  readonly ref?: string
  readonly enum?: readonly unknown[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
}

/** By name; those of kinds by `apiVersion/kind`. */
export type Schemas = Readonly<Record<string, Schema>>

/** A document of OpenAPI 3. */
export interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, any>> }
}

/** Kinds that an export writes, by the path of their document below `/openapi/v3`. */
export const KINDS: Readonly<Record<string, readonly string[]>> = {
  'api/v1': ['Service', 'ServiceAccount', 'Secret', 'PersistentVolumeClaim'],
  'apis/apps/v1': ['Deployment', 'StatefulSet'],
  'apis/policy/v1': ['PodDisruptionBudget'],
  'apis/networking.k8s.io/v1': ['NetworkPolicy'],
  'apis/rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding'],
  'apis/coordination.k8s.io/v1': ['Lease'],
}

export const SCHEMAS_FILE = join(ROOT, 'spec/kubernetes/manifest-schemas.json')

/** Those of the file. */
export function knownSchemas(): Schemas {
  return JSON.parse(readFileSync(SCHEMAS_FILE, 'utf8')) as Schemas
}

/** @param documents by their paths */
export function schemasOf(documents: Readonly<Record<string, OpenApi>>): Schemas {
  const found: Record<string, Schema> = {}
  for (const [path, kinds] of Object.entries(KINDS)) {
    const all = documents[path]!.components.schemas
    const take = (name: string): void => {
      if (found[name] !== undefined || name.endsWith('.JSONSchemaProps')) return
      found[name] = {}
      found[name] = slim(all[name], take)
    }
    const version = path.replace(/^apis?\//, '')
    for (const kind of kinds) found[`${version}/${kind}`] = { ref: nameOf(all, version, kind, take) }
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function nameOf(all: OpenApi['components']['schemas'], version: string, kind: string, take: (name: string) => void) {
  const name = Object.keys(all).find((one) => {
    const kinds: { group: string; version: string; kind: string }[] = all[one]['x-kubernetes-group-version-kind'] ?? []
    return kinds.some((is) => is.kind === kind && [is.group, is.version].filter(Boolean).join('/') === version)
  })
  if (name === undefined) throw new Error(`the API server knows no ${version} ${kind}`)
  take(name)
  return name
}

/** What is checked of a schema. */
function slim(schema: any, take: (name: string) => void): Schema {
  const [only] = schema.allOf ?? []
  const target: string | undefined = schema.$ref ?? only?.$ref
  if (target !== undefined) {
    const ref = target.replace('#/components/schemas/', '')
    take(ref)
    return { ref }
  }
  const { type, format, enum: values, required, properties, additionalProperties, items, oneOf } = schema
  return {
    ...(type === undefined ? {} : { type }),
    ...(format === undefined ? {} : { format }),
    ...(values === undefined ? {} : { enum: values }),
    ...(required === undefined ? {} : { required }),
    ...(properties === undefined ? {} : { properties: mapped(properties, (one) => slim(one, take)) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: slim(additionalProperties, take) }),
    ...(items === undefined ? {} : { items: slim(items, take) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((one: unknown) => slim(one, take)) }),
  }
}

function mapped<A, B>(from: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]))
}

/** Where a manifest is not what its schema says, or has what its schema does not know. */
export function problemsOf(manifest: { apiVersion?: unknown; kind?: unknown }, schemas: Schemas): string[] {
  const name = `${manifest.apiVersion}/${manifest.kind}`
  const schema = schemas[name]
  return schema === undefined ? [`there is no ${name}`] : check(manifest, schema, schemas, `${manifest.kind}`)
}

function check(value: unknown, schema: Schema, schemas: Schemas, path: string): string[] {
  if (schema.ref !== undefined) return check(value, schemas[schema.ref]!, schemas, path)
  if (schema.oneOf !== undefined) {
    const each = schema.oneOf.map((one) => check(value, one, schemas, path))
    return each.some((problems) => problems.length === 0) ? [] : each[0]!
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path} is none of ${schema.enum}`]
  if (schema.type === 'array') {
    if (!Array.isArray(value)) return [`${path} is no list`]
    return value.flatMap((one, at) => check(one, schema.items!, schemas, `${path}[${at}]`))
  }
  if (schema.type === 'object' || schema.properties !== undefined) return ofObject(value, schema, schemas, path)
  const isRight = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean' }[schema.type ?? '']
  return isRight === undefined || typeof value === isRight ? [] : [`${path} is no ${schema.type}`]
}

function ofObject(value: unknown, schema: Schema, schemas: Schemas, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`]
  const { required = [], properties = {}, additionalProperties } = schema
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path} lacks ${name}`)
  const wrong = Object.entries(value).flatMap(([name, one]) => {
    const inner = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    return inner === undefined ? [`${path}.${name} is unknown`] : check(one, inner, schemas, `${path}.${name}`)
  })
  return [...missing, ...wrong]
}
