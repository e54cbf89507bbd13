"""Splits sentences into words, by the names of Storm's own storm.py; see ../multilang-storm.yaml."""
import storm


class SplitSentenceBolt(storm.BasicBolt):
    def process(self, tup):
        words = tup.values[0].split(" ")
        for word in words:
            storm.emit([word])


SplitSentenceBolt().run()
