"""The components that the contract of multilang runs, in Python: `python3 components.py NAME`."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 4, "multilang", "python"))
import storm


@storm.bolt
def echo(tup):
    return tup.values


sums = storm.State("sums")


@storm.bolt
def states(tup):
    key, n = tup.values
    if n == 0:
        sums.delete(key)
    else:
        sums.put(key, sums.get(key, 0) + n)
    return [sums.get_all([key, "to" if key == "be" else "be"], "none")]


class ClassicEcho(storm.BasicBolt):
    def process(self, tup):
        storm.emit(tup.values)


class Rich(storm.Bolt):
    def process(self, tup):
        first = tup.values[0]
        if first == "fail":
            storm.fail(tup)
        elif first != "drop":
            for _ in range(2 if first == "twice" else 1):
                storm.emit(tup.values, anchors=[tup])
            storm.ack(tup)


@storm.bolt
def throw(tup):
    if tup.values[0] == "throw":
        raise ValueError("thrown on purpose")
    return tup.values


class TaskIds(storm.BasicBolt):
    def process(self, tup):
        ids = self.emit([tup.values[0]], need_task_ids=True)
        self.emit([ids], stream="ids")


@storm.bolt
def direct(tup):
    value, task = tup.values
    yield storm.Emit([value], stream="direct", task=task)


@storm.bolt
def logs(tup):
    storm.logTrace("at trace")
    storm.logDebug("at debug")
    storm.logInfo("at info")
    storm.logWarn("at warn")
    storm.logError("at error")
    print("printed")
    print("complained", file=sys.stderr)


@storm.bolt
def metric(tup):
    storm.rpcMetrics("seen", 1)


class ShowContext(storm.BasicBolt):
    def initialize(self, conf, context):
        self.shown = {
            "component": context.component,
            "task": context.task,
            "tasks": len(context.tasks),
            "fields": context.fields(),
            "sources": context.sources,
            "setting": conf.get("a.setting"),
        }

    def process(self, tup):
        self.emit([self.shown])


class Ticks(storm.BasicBolt):
    count = 0

    def process(self, tup):
        self.count += 1

    def process_tick(self, tup):
        self.emit([self.count])


class Batch(storm.BatchingBolt):
    group_size = 3

    def process_group(self, group):
        if any(tup.values[0] == "throw" for tup in group):
            raise ValueError("thrown on purpose")
        self.emit([len(group)])


class AtEnd(storm.BasicBolt):
    count = 0

    def process(self, tup):
        self.count += 1

    def end_of_input(self):
        self.emit([self.count])


class Early(storm.BasicBolt):
    def initialize(self, conf, context):
        self.ids = self.emit(["early"], need_task_ids=True)

    def process(self, tup):
        self.emit([*tup.values, len(self.ids)])


class Count(storm.ReliableSpout):
    replay_delay = 0

    def initialize(self, conf, context):
        self.count = conf.get("count", 5)

    def tuples(self):
        for n in range(1, self.count + 1):
            yield [n]


class ClassicSpout(storm.Spout):
    ids = (0, 1, 2)
    emitted = 0

    def nextTuple(self):
        if self.emitted < len(self.ids):
            id = self.ids[self.emitted]
            self.emitted += 1
            storm.emit([id], id=id)

    def ack(self, id):
        storm.log("acked %s" % id)

    def fail(self, id):
        storm.log("failed %s" % id)


class StringIds(ClassicSpout):
    ids = ("a-0",)


COMPONENTS = {
    "echo": echo,
    "states": states,
    "classic-echo": ClassicEcho(),
    "rich": Rich(),
    "throw": throw,
    "task-ids": TaskIds(),
    "direct": direct,
    "log": logs,
    "metric": metric,
    "context": ShowContext(),
    "ticks": Ticks(),
    "batch": Batch(),
    "at-end": AtEnd(),
    "early": Early(),
    "count": Count(),
    "classic-spout": ClassicSpout(),
    "string-ids": StringIds(),
}

if __name__ == "__main__":
    COMPONENTS[sys.argv[-1]].run()
