"""resources/split.py of the examples, which says who it is, so that it can be killed."""
import os

import storm


class Split(storm.BasicBolt):
    def initialize(self, conf, context):
        print("pid", os.getpid())

    def process(self, tup):
        for word in tup.values[0].split():
            self.emit([word])


Split().run()
