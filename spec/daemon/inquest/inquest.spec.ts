import test from 'ava'
import { inquest } from './inquests.ts'

test('a suspicious death begins it, and it is over when none has died for a while', async (t) => {
  const { die, told, clock, it } = inquest()
  t.false(die(2))
  t.deepEqual(told(), [])
  t.true(die(2, true))
  t.deepEqual(told(), ['trials on'])
  await clock.advance(9_999)
  t.true(it.isOn)
  await clock.advance(1)
  t.false(it.isOn)
  t.deepEqual(told(), ['trials off'])
})

test('it is not over while a worker is still being started', async (t) => {
  const { it, die, setReady, clock } = inquest()
  die(2, true)
  setReady(false)
  await clock.advance(60_000)
  t.true(it.isOn)
  setReady(true)
  await clock.advance(10_000)
  t.false(it.isOn)
})

test('it is over after a while without a death although spouts are busy: the running trial is the last', async (t) => {
  const { it, die, clock, stage, told } = inquest()
  die(2, true)
  stage(1, ['a'])
  stage(2, ['b'])
  await clock.advance(10_000)
  t.true(it.isOn)
  told()
  it.settled(1, true)
  t.false(it.isOn)
  t.deepEqual(told(), ['trials off'])
})

test('it is not over while a suspect is left, unless that does not come again for long', async (t) => {
  const { it, die, clock, stage } = inquest()
  die(2, true)
  stage(1, ['a'])
  die(2)
  await clock.advance(59_000)
  t.true(it.isOn)
  await clock.advance(1_000)
  t.false(it.isOn)
})

test('a suspect that has come through, or is condemned, is not waited for', async (t) => {
  for (const end of ['settled', 'condemned']) {
    const { it, die, clock, stage } = inquest()
    die(2, true)
    stage(1, ['a'])
    die(2)
    stage(1, ['a'])
    if (end === 'settled') it.settled(2, true)
    else die(2)
    await clock.advance(10_000)
    t.false(it.isOn, end)
  }
})

test('a death while the last trial runs begins the wait anew', async (t) => {
  const { it, die, clock, stage, told } = inquest()
  die(2, true)
  stage(1, ['a'])
  await clock.advance(10_000)
  die(2)
  stage(1, ['a'])
  t.true(it.isOn)
  t.is(told().at(-1), 'trial 2: 1 of 1')
})

test('nothing is let go while a worker is missing, and its death meanwhile makes no suspect', (t) => {
  const { die, told, setReady, stage } = inquest()
  die(2, true)
  setReady(false)
  stage(1, ['a', 'b'])
  die(2)
  die(2)
  t.deepEqual(told(), ['trials on'])
  setReady(true)
  t.deepEqual(told(), ['trial 1: 2 of 1'])
})

test('the restarts are spared by suspects that are cleared or condemned, not by others that come through', (t) => {
  const { it, die, told, stage } = inquest()
  die(2, true)
  stage(1, ['a'])
  it.settled(1, true)
  t.false(told().includes('progress'))
  stage(1, ['b'])
  die(2)
  stage(1, ['b'])
  it.settled(3, true)
  t.true(told().includes('progress'))
})

test('roots that were let go and have not left, as their spout was held back, are not blamed', (t) => {
  const { it, die, told, stage } = inquest()
  die(2, true)
  stage(1, ['a', 'b', 'c'])
  it.sent(1, [1, 2])
  die(2)
  told()
  stage(1, ['c', 'd', 'a'])
  t.deepEqual(told(), ['trial 2: 2 of 1'])
})

test('a root that has left alone is blamed as one that was tried alone', (t) => {
  const { it, die, told, stage } = inquest()
  die(2, true)
  for (let attempt = 1; attempt <= 2; attempt++) {
    stage(1, ['a', 'b'])
    it.sent(attempt, [attempt])
    die(2)
  }
  stage(1, ['a', 'b'])
  t.is(told().at(-2), 'condemn a of 1 for 2')
})

test('a root is known again by any of its names', (t) => {
  const { it, die, told } = inquest()
  die(2, true)
  for (const attempt of [1, 2]) {
    it.staged(1, [['id', `values ${attempt}`]])
    die(2)
  }
  it.staged(1, [['id', 'values 3']])
  t.is(told().at(-2), 'condemn id or values 3 of 1 for 2')
})

test('a root without a name is never condemned', (t) => {
  const { it, die, told } = inquest()
  die(2, true)
  for (let trial = 0; trial < 4; trial++) {
    it.staged(1, [[]])
    die(2)
  }
  t.deepEqual(told().slice(-2), ['trial 4: 1 of 1', 'go on 1 after trial 4'])
})

test('a trial that took long makes suspects of its roots as long as they are in flight', async (t) => {
  for (const comesThrough of [true, false]) {
    const { it, die, told, answer, clock, stage } = inquest()
    die(2, true)
    stage(1, ['held'])
    await clock.advance(1_000)
    answer(1)
    answer(2)
    if (comesThrough) it.settled(1, true)
    die(2)
    told()
    stage(1, ['new', 'held'])
    t.deepEqual(told(), [`trial 2: ${comesThrough ? 2 : 1} of 1`])
  }
})

test('answers to a question about the trial before say nothing of this one', async (t) => {
  const { it, die, told, answer, clock, stage } = inquest()
  die(2, true)
  stage(1, ['a'])
  await clock.advance(1_000)
  answer(1)
  it.settled(1, true)
  stage(1, ['b'])
  told()
  answer(2)
  answer(1)
  t.deepEqual(told(), [])
})

test('one trial at a time: another spout waits until the roots of the first have come through', (t) => {
  const { it, die, told, stage } = inquest()
  die(2, true)
  stage(1, ['a', 'b'])
  stage(2, ['c'])
  t.deepEqual(told(), ['trials on', 'trial 1: 2 of 1'])
  it.settled(1, true)
  t.deepEqual(told(), ['trial 2: 1 of 2'])
})

test('what was tried when a worker died is tried one by one; the root of which it dies twice alone is condemned', (t) => {
  const { it, die, told, stage } = inquest()
  die(2, true)
  stage(1, ['a', 'b'])
  die(2)
  told()
  stage(1, ['a', 'b', 'new'])
  it.settled(2, true)
  stage(1, ['b', 'new'])
  t.deepEqual(told(), ['trial 2: 1 of 1', 'progress', 'trial 3: 1 of 1'])
  die(2)
  stage(1, ['b', 'new'])
  die(2)
  stage(1, ['b', 'new'])
  t.deepEqual(told(), [
    'go on 1 after trial 3',
    'trial 4: 1 of 1',
    'go on 1 after trial 4',
    'condemn b of 1 for 2',
    'progress',
  ])
  stage(1, ['new'])
  t.deepEqual(told(), ['trial 5: 1 of 1'])
})

test('roots that are no suspects go together, up to the first that is one', (t) => {
  const { die, told, stage } = inquest()
  die(2, true)
  stage(1, ['a', 'b'])
  die(2)
  told()
  stage(1, ['new', 'newer', 'b', 'a'])
  t.deepEqual(told(), ['trial 2: 2 of 1'])
})

test('a root that comes through once is no suspect any more, though a worker had died of it alone, as it seemed', (t) => {
  const { it, die, told, stage } = inquest()
  die(2, true)
  stage(1, ['a'])
  die(2)
  stage(1, ['a'])
  it.settled(2, true)
  stage(1, ['a'])
  die(2)
  told()
  stage(1, ['a'])
  t.deepEqual(told(), ['trial 4: 1 of 1'])
})

test('roots that are lost before their worker is found dead are judged at its death', async (t) => {
  const { it, die, told, clock, stage } = inquest()
  die(2, true)
  for (const trial of [1, 2]) {
    stage(1, ['a'])
    it.settled(trial, false)
    await clock.advance(100)
    die(2)
  }
  stage(1, ['a'])
  t.is(told().at(-2), 'condemn a of 1 for 2')
})

test('a trial that takes long makes room when every worker shows that it is not blocked, and not before', async (t) => {
  const { die, told, answer, clock, stage } = inquest()
  die(2, true)
  stage(1, ['held'])
  stage(2, ['next'])
  told()
  await clock.advance(1_000)
  t.deepEqual(told(), ['ping'])
  answer(1)
  t.deepEqual(told(), [])
  answer(2)
  t.deepEqual(told(), ['trial 2: 1 of 2', 'go on 1 after trial 1'])
})

test('what was found out of a spout outlives its worker', (t) => {
  const { die, told, stage } = inquest()
  die(1, true)
  for (let trial = 0; trial < 2; trial++) {
    stage(1, ['a'])
    die(1)
  }
  told()
  stage(1, ['a'])
  t.deepEqual(told(), ['condemn a of 1 for 1', 'progress'])
})

/** A root is staged, dies alone twice, and is condemned. */
function condemnOne({ die, stage }: ReturnType<typeof inquest>, name: string, place?: string): void {
  for (let death = 0; death < 2; death++) {
    stage(1, [name])
    die(2, false, place)
  }
  stage(1, [name])
}

test('what is condemned is told with how the worker died of it', (t) => {
  const court = inquest()
  court.die(2, true, 'split:9')
  condemnOne(court, 'a', 'split:9')
  t.deepEqual(court.hows, ['died at split:9'])
})

test('where nothing at all comes through, the third root that is condemned shows that it is the code', (t) => {
  const court = inquest()
  court.die(2, true, 'split:9')
  for (const name of ['a', 'b']) condemnOne(court, name, 'split:9')
  t.false(court.it.blamesCode)
  condemnOne(court, 'c', 'split:9')
  t.true(court.it.blamesCode)
})

test('where roots have come through, tuples that follow each other may kill', (t) => {
  const court = inquest({ acked: true })
  court.die(2, true, 'split:9')
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) condemnOne(court, name, 'split:9')
  t.false(court.it.blamesCode)
  condemnOne(court, 'h', 'split:9')
  t.true(court.it.blamesCode)
})

test('however many tuples kill, it is not the code as long as others come through between them', (t) => {
  const court = inquest()
  court.die(2, true, 'split:9')
  let trial = 0
  for (let index = 0; index < 100; index++) {
    condemnOne(court, `bad ${index}`, 'split:9')
    trial += 2
    for (const name of ['x', 'y', 'z']) {
      court.stage(1, [`good ${index} ${name}`])
      court.it.settled(++trial, true)
    }
    t.false(court.it.blamesCode, `${index}`)
  }
})

test('many deaths at one place that find no tuple show that it is the code, whatever is acked before them', (t) => {
  const court = inquest()
  let deaths = 0
  let trial = 0
  while (!court.it.blamesCode && deaths < 100) {
    court.die(2, true, 'split:9')
    deaths++
    for (let index = 0; index < 3; index++) {
      court.stage(1, [`${deaths} ${index}`])
      court.it.settled(++trial, true)
    }
  }
  t.is(deaths, 17)
})

test('workers that die now and then, each after a long life, are not blamed on the code, however many', (t) => {
  const { it, die, told } = inquest({ acked: true })
  for (let deaths = 1; deaths <= 100; deaths++) {
    die(2, false, 'split:9')
    t.false(it.blamesCode, `${deaths}`)
  }
  t.deepEqual(told(), [])
})

test('the same few roots that come through again and again prove nothing', (t) => {
  const court = inquest()
  let deaths = 0
  let trial = 0
  while (!court.it.blamesCode && deaths < 100) {
    court.die(2, true)
    deaths++
    for (const name of ['a', 'b', 'c']) {
      court.stage(1, [name])
      court.it.settled(++trial, true)
    }
  }
  t.is(deaths, 17)
})

test('deaths at places that nobody knows, with ever other roots that come through, are not blamed on the code', (t) => {
  const court = inquest()
  let trial = 0
  for (let deaths = 1; deaths < 100; deaths++) {
    court.die(2, true)
    for (let index = 0; index < 3; index++) {
      court.stage(1, [`${deaths} ${index}`])
      court.it.settled(++trial, true)
    }
    t.false(court.it.blamesCode)
  }
})
