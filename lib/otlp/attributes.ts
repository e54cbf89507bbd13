/** Attributes, as OTLP writes them in JSON. */

/** A value of an attribute: a text, a whole number (as text, since it may have 64 bits), a number, or a truth. */
export type AttributeValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean }

export interface Attribute {
  readonly key: string
  readonly value: AttributeValue
}

/** Those that have a value. Half of a surrogate pair is no text: it has no form in UTF-8. */
export function attributes(values: Readonly<Record<string, string | number | boolean | undefined>>): Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: attributeValue(value) }],
  )
}

function attributeValue(value: string | number | boolean): AttributeValue {
  if (typeof value === 'string') return { stringValue: value.replace(/\p{Surrogate}/gu, '\uFFFD') }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Milliseconds since 1970 → nanoseconds, as text. @param offsetMs is added, with its fractions */
export function nanos(ms: number, offsetMs = 0): string {
  const whole = Math.floor(ms)
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole + offsetMs) * 1e6)))
}
