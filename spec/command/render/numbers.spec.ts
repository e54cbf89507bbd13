import test from 'ava'
import {
  count,
  megabytes,
  milliseconds,
  percent,
  plural,
  ranges,
  rate,
  seconds,
} from '../../../lib/command/render/numbers.ts'

function check(actual: string, expected: string): void {
  test(`${expected}: as a number is written`, (t) => t.is(actual, expected))
}

check(count(1_794_884), '1,794,884')
check(rate(0), '0')
check(rate(0.25), '0.3')
check(rate(12.6), '13')
check(percent(0.854), '85%')
check(milliseconds(0.00045), '0.450 µs')
check(milliseconds(0.0123), '12.3 µs')
check(milliseconds(4.567), '4.57 ms')
check(milliseconds(123.4), '123 ms')
check(milliseconds(2345), '2.35 s')
check(seconds(3.214), '3.21 s')
check(seconds(62.9), '1:02')
check(seconds(3662), '1:01:02')
check(megabytes(184_400_000), '184 MB')
check(plural(1, 'task'), '1 task')
check(plural(1000, 'task'), '1,000 tasks')
check(ranges([]), '')
check(ranges([3]), '3')
check(ranges([1, 2, 4, 5, 6, 9]), '1, 2, 4-6, 9')
