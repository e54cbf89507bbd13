"""resources/split.py of the examples, which says who it is; the first child that gets a third line is killed at it. The
file that CLAIM names tells that this was done."""
import os
import signal

import storm


class Split(storm.BasicBolt):
    lines = 0

    def initialize(self, conf, context):
        print("pid", os.getpid())

    def process(self, tup):
        self.lines += 1
        if self.lines == 3:
            self.die_once()
        for word in tup.values[0].split():
            self.emit([word])

    def die_once(self):
        try:
            os.close(os.open(os.environ["CLAIM"], os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


Split().run()
