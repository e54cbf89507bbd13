/**
 * How long a window of tuples is, and how far it slides: by a number of tuples, or by time. Names and rules:
 * apache/storm `storm-client/.../topology/base/BaseWindowedBolt.java` (`Count`, `Duration`).
 */
import { checkPositive } from '../model/window.ts'

const MS_PER_UNIT = {
  ms: 1,
  milliseconds: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
} as const

/** A unit of time. */
export type TimeUnit = keyof typeof MS_PER_UNIT

/** A number of tuples. */
export class Count {
  readonly count: number

  /** @throws BAD_WINDOW unless it is a whole number from 1 up */
  constructor(count: number) {
    this.count = checkPositive('the count of a window', count, 'tuples')
  }

  /** Storm's `Count.of`. @throws BAD_WINDOW */
  static of(count: number): Count {
    return new Count(count)
  }
}

/** A length of time. */
export class Duration {
  readonly ms: number

  /** @param unit also in capitals, as Storm's files have it @throws BAD_WINDOW unless it is a whole number from 1 up */
  constructor(value: number, unit: TimeUnit | Uppercase<TimeUnit> = 'ms') {
    const factor = MS_PER_UNIT[String(unit).toLowerCase() as TimeUnit]
    this.ms = checkPositive('the duration of a window', factor === undefined ? `${value} ${unit}` : value * factor)
  }

  static ms(ms: number): Duration {
    return new Duration(ms)
  }

  static seconds(seconds: number): Duration {
    return new Duration(seconds, 'seconds')
  }

  static minutes(minutes: number): Duration {
    return new Duration(minutes, 'minutes')
  }

  static hours(hours: number): Duration {
    return new Duration(hours, 'hours')
  }

  static days(days: number): Duration {
    return new Duration(days, 'days')
  }
}

/** A length, or a slide. */
export type Extent = Count | Duration

/** A window over tuples. */
export interface TupleWindowShape {
  readonly length: Extent
  readonly slide: Extent
}
