"""Splits lines into words; by hand: python3 split.py --hand, with storm.py of node_modules/typhoon on the path."""
import storm


@storm.bolt
def split(tup):
    for word in tup.values[0].split():
        yield [word]


if __name__ == "__main__":
    split.run()
