"""Splits lines into words; see ../multilang-word-count.yaml. By hand: python3 split.py --hand"""
import storm


@storm.bolt
def split(tup):
    for word in tup.values[0].split():
        yield [word]


if __name__ == "__main__":
    split.run()
