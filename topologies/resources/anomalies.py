"""Emits readings that are far from the last ones of their sensor, with their z-score; see ../anomalies.ts."""
from collections import defaultdict, deque
from statistics import fmean, pstdev

import storm

WINDOW = 50
FAR = 6.0


class Anomalies(storm.BasicBolt):
    def initialize(self, conf, context):
        self.windows = defaultdict(lambda: deque(maxlen=WINDOW))

    def process(self, tup):
        sensor, at, celsius = tup.values
        window = self.windows[sensor]
        if len(window) == WINDOW:
            score = (celsius - fmean(window)) / pstdev(window)
            if abs(score) > FAR:
                self.emit([sensor, at, celsius, round(score, 2)])
                return  # what does not fit is no measure of what does
        window.append(celsius)


if __name__ == "__main__":
    Anomalies().run()
