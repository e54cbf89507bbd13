"""
Spouts and bolts in Python, for Typhoon and for Apache Storm: both speak the same multilang protocol.

One file, Python 3.8 or later, the standard library alone. Two faces that can be mixed freely:

- modern: `@storm.bolt` and `@storm.spout` on a function, or a class with `self.emit(…)`. Anchors, acks and
  failures come by themselves, and nothing waits for the other side.
- classic: the names of Storm's own `storm.py` (`storm.emit(…)`, `storm.ack(…)`, `Bolt`, `BasicBolt`,
  `Spout`). `storm.emit` returns the ids of the tasks that get the tuple, and so waits for them.

What it promises:

- Standard output belongs to the protocol. Whatever else is printed becomes a log message; what a subprocess or a
  C extension prints goes to standard error.
- Output is written in whole messages, in batches; nothing is held back while the component waits for input.
- An exception fails the tuple that it happened with, is reported, and the component goes on.
- When the other side is gone, the process ends quietly.
- Emitting, acking and logging are safe in threads; asking for task ids is for the main thread alone.

Without a topology: `python3 component.py --hand`, or `trial` in a test.
"""

from __future__ import annotations

import atexit
import heapq
import io
import itertools
import json
import logging
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections import UserList, deque
from json.encoder import encode_basestring_ascii as _quote
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Union

__all__ = [
    "BasicBolt", "BatchingBolt", "Bolt", "Context", "Emit", "ReliableSpout", "Spout", "State", "Tuple", "ack", "bolt",
    "emit", "emitBolt", "emitDirect", "emitSpout", "fail", "initComponent", "log", "logDebug", "logError", "logInfo",
    "logTrace", "logWarn", "readCommand", "readMsg", "readTaskIds", "readTuple", "reportError", "rpcMetrics",
    "sendMsgToParent", "sendpid", "spout", "sync", "trial",
]  # fmt: skip

Message = Dict[str, Any]
Values = Sequence[Any]

DEFAULT_STREAM = "default"
TRACE, DEBUG, INFO, WARN, ERROR = range(5)

_SYSTEM_TASK = -1
_READ_BYTES = 1 << 17
_FLUSH_BYTES = 32 * 1024
_FLUSH_SECONDS = 0.02
"""Finished output waits no longer than this for the output of further input that has already come."""


# ---------------------------------------------------------------------------------------------------------------------
# Tuples


class Tuple:
    """A tuple that a bolt gets: `tup.values`, or a single value as `tup["field"]` or `tup[0]`."""

    __slots__ = ("id", "component", "stream", "task", "values", "_settled", "__dict__")

    id: str
    component: Optional[str]
    stream: str
    task: int
    values: List[Any]

    def __init__(self, id: str, component: Optional[str], stream: str, task: int, values: List[Any]) -> None:
        self.id = id
        self.component = component
        self.stream = stream
        self.task = task
        self.values = values
        self._settled = False

    @property
    def fields(self) -> List[str]:
        """The names of the values, as the source declares them; empty where it is not known."""
        return _fields.get(self.component, {}).get(self.stream, [])

    def __getitem__(self, key: Union[str, int]) -> Any:
        """Raises KeyError for a field that the source does not declare, IndexError for a value that is not there."""
        if isinstance(key, int):
            return self.values[key]
        try:
            return self.values[_fields[self.component][self.stream].index(key)]
        except (KeyError, ValueError):
            known = ", ".join(self.fields) or "unknown fields"
            raise KeyError(f"no field {key!r}: stream {self.stream!r} of {self.component!r} has {known}") from None

    def get(self, field: str, default: Any = None) -> Any:
        """The value of a field, or the default where the source declares no such field."""
        return self[field] if field in self.fields else default

    def as_dict(self) -> Dict[str, Any]:
        """The values by field name."""
        return dict(zip(self.fields, self.values))

    def is_heartbeat_tuple(self) -> bool:
        return self.task == _SYSTEM_TASK and self.stream == "__heartbeat"

    def is_tick_tuple(self) -> bool:
        return self.component == "__system" and self.stream == "__tick"

    def __repr__(self) -> str:
        return (
            f"<Tuple id={self.id!r} component={self.component!r} stream={self.stream!r} "
            f"task={self.task!r} values={self.values!r}>"
        )


class Emit:
    """What a function yields (or returns) instead of a list of values when the list is not all there is to say."""

    __slots__ = ("values", "stream", "task", "anchors", "id")

    def __init__(
        self,
        values: Values,
        stream: Optional[str] = None,
        task: Optional[int] = None,
        anchors: Optional[Iterable[Tuple]] = None,
        id: Any = None,
    ) -> None:
        """`task`: to this task alone. `anchors`: of a bolt, instead of the input. `id`: of a spout's message."""
        self.values = values
        self.stream = stream
        self.task = task
        self.anchors = anchors
        self.id = id


class Context(dict):
    """The context of the handshake as it came, and its most wanted parts by name."""

    @property
    def component(self) -> str:
        return self.get("componentid", "")

    @property
    def task(self) -> int:
        return self.get("taskid", 0)

    @property
    def tasks(self) -> Dict[str, str]:
        """All tasks of the topology: the task's id, as text, and its component."""
        return self.get("task->component", {})

    @property
    def sources(self) -> List[str]:
        """The components that this one gets tuples from, sorted."""
        return sorted(self.get("source->stream->fields") or self.get("source->stream->grouping") or {})

    def fields(self, stream: str = DEFAULT_STREAM) -> List[str]:
        """The fields that this component declares for a stream of its own."""
        return self.get("stream->outputfields", {}).get(stream, [])


# ---------------------------------------------------------------------------------------------------------------------
# Ports: where messages come from and go to


class _Port:
    """
    Messages in both directions. `queue` holds what has come and was not taken, `ids` lists of task ids that nobody
    has taken yet; it has a bound, because a list that nobody asked for is never taken. Lists come in the order of the
    emits that asked for them: `asked` holds those, with where the list goes, or None for `ids`.
    """

    def __init__(self) -> None:
        self.queue: deque = deque()
        self.ids: deque = deque(maxlen=1000)
        self.asked: deque = deque()
        self.asking = threading.RLock()  # the order of `asked` is that of the messages

    def read(self) -> List[Any]:
        """Waits for at least one message. Raises SystemExit where none will come any more."""
        raise NotImplementedError

    def send(self, message: Message) -> None:
        raise NotImplementedError

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def next(self) -> Message:
        """The next message that is not a list of task ids."""
        while not self.queue:
            self.receive()
        return self.queue.popleft()

    def task_ids(self) -> List[int]:
        """The next list of task ids. What else comes meanwhile is kept for `next`."""
        while not self.ids:
            self.receive()
        return self.ids.popleft()

    def values(self) -> List[Any]:
        """The answer to a question for values of a state. What else comes meanwhile is kept for `next`."""
        while True:
            for message in self.queue:
                if "values" in message and "state" in message:
                    self.queue.remove(message)
                    return message["values"]
            self.receive()

    def receive(self) -> None:
        for message in self.read():
            if type(message) is list:
                self.answer(message)
            else:
                self.queue.append(message)

    def answer(self, ids: List[int]) -> None:
        """A list of task ids has come."""
        asker = self.asked.popleft() if self.asked else None
        if asker is None:
            self.ids.append(ids)
        else:
            asker.data = ids

    def emit(self, values: Values, anchors: List[str], id: Any, stream: Any, task: Any, ask: bool) -> None:
        message: Message = {"command": "emit", "tuple": values}
        if anchors:
            message["anchors"] = anchors
        if id is not None:
            message["id"] = id
        if stream is not None:
            message["stream"] = stream
        if task is not None:
            message["task"] = task
        if not ask:
            message["need_task_ids"] = False
        self.send(message)

    def ack(self, id: Any) -> None:
        self.send({"command": "ack", "id": id})

    def fail(self, id: Any) -> None:
        self.send({"command": "fail", "id": id})


class _TaskIds(UserList):
    """
    The task ids of one emit. Whoever looks at them waits for them; most emits never look, and so need not wait for a
    message to the parent and back.
    """

    def __init__(self, ids: Iterable[int] = (), port: Optional[_Port] = None) -> None:
        self._port = port
        self._ids: Optional[List[int]] = list(ids) if port is None else None

    @property
    def data(self) -> List[int]:  # type: ignore[override]  # all that UserList does goes through here
        while self._ids is None:
            self._port.receive()  # type: ignore[union-attr]
        return self._ids

    @data.setter
    def data(self, ids: List[int]) -> None:
        self._ids = ids


def _plain(value: Any) -> List[int]:
    """For the encoders, which know plain lists alone."""
    if isinstance(value, _TaskIds):
        return value.data
    raise TypeError(f"{type(value).__name__} is nothing that a tuple can hold: {value!r}")


class _Stream(_Port):
    """A port over two file descriptors. Threads may send at any time."""

    def __init__(self, source: int, target: int) -> None:
        super().__init__()
        self.source = source
        self.target = target
        self.out: List[Any] = []
        self.size = 0
        self.flushed = time.monotonic()
        self.waiting = False  # for input: whoever sends now must write it himself
        self.gone = False  # the other side reads no more
        self.writing = threading.Lock()

    def feed(self, chunk: bytes) -> List[Any]:
        """The messages that are complete with this chunk."""
        raise NotImplementedError

    def frame(self, message: Message) -> Any:
        raise NotImplementedError

    def join(self, frames: List[Any]) -> bytes:
        raise NotImplementedError

    def send(self, message: Message) -> None:
        self.put(self.frame(message))
        if time.monotonic() - self.flushed > _FLUSH_SECONDS:
            self.flush()  # a log message out of a long calculation shows that the component lives

    def next(self) -> Message:
        if self.queue and time.monotonic() - self.flushed > _FLUSH_SECONDS:
            self.flush()
        return super().next()

    def read(self) -> List[Any]:
        self.waiting = True  # before the flush: what a thread adds after it, the thread flushes
        self.flush()
        while True:
            try:
                chunk = b"" if self.gone else os.read(self.source, _READ_BYTES)
            except ConnectionError:
                chunk = b""
            if not chunk:
                raise SystemExit(0)
            messages = self.feed(chunk)
            if messages:
                self.waiting = False
                return messages

    def put(self, frame: Any) -> None:
        self.out.append(frame)
        self.size += len(frame)
        if self.size > _FLUSH_BYTES or self.waiting:
            self.flush()

    def flush(self) -> None:
        # Whoever finds the lock taken may leave: its holder looks again after letting it go.
        while self.out:
            if not self.writing.acquire(False):
                return
            try:
                count = len(self.out)
                frames = self.out[:count]
                del self.out[:count]
                self.size = 0
                self.write(self.join(frames))
            finally:
                self.writing.release()
        self.flushed = time.monotonic()

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest and not self.gone:
                rest = rest[os.write(self.target, rest) :]
        except ConnectionError:
            self.gone = True

    def close(self) -> None:
        with self.writing:  # a thread may be in the midst of it
            pass
        self.flush()

    def forked(self) -> None:
        """In a forked process: what waits here is the parent's, and so are the pipes. What it sends is shown."""
        global _port
        sys.stdout = sys.stderr
        _port = _Played((), lambda message: print(_show(message), file=sys.stderr), (), {})


class _JsonStream(_Stream):
    """JSON, each message followed by a line `end`. The hot path: acks and emits are put together by hand."""

    def __init__(self, source: int, target: int) -> None:
        super().__init__(source, target)
        self.buffer = bytearray()

    def feed(self, chunk: bytes) -> List[Any]:
        buffer = self.buffer
        searched = max(0, len(buffer) - 4)
        buffer += chunk.replace(b"\r", b"")  # inside of JSON text there is none
        end = buffer.rfind(b"\nend\n", searched)
        if end < 0:
            return []
        text = buffer[:end].decode("utf-8", "replace")
        del buffer[: end + 5]
        # One call of the parser for many messages. JSON text contains no line break of its own, so every `end` is one; and where each mark between two
        # frames stands between two messages, each message is of one frame: two broken ones never make a good one.
        ends = text.count("\nend\n")
        try:
            messages = json.loads("[" + text.replace("\nend\n", _MARKED) + "]")
            if len(messages) == 2 * ends + 1 and messages.count(_MARK) == ends:
                return messages[::2]
        except ValueError:
            pass
        return list(self.one_by_one(text))

    def one_by_one(self, text: str) -> Iterator[Any]:
        """For empty messages, and for what is no JSON: that is reported, and the others are not lost with it."""
        for frame in text.split("\nend\n"):
            lines = [line for line in frame.split("\n") if line.strip() not in ("", "end")]
            if lines:
                try:
                    yield json.loads("\n".join(lines))
                except ValueError as error:
                    self.send({"command": "error", "msg": f"not understood, no JSON ({error}): {frame[:1000]}"})

    def join(self, frames: List[str]) -> bytes:
        return "".join(frames).encode("ascii")

    def frame(self, message: Message) -> str:
        return _encode(message) + "\nend\n"

    def emit(self, values: Values, anchors: List[str], id: Any, stream: Any, task: Any, ask: bool) -> None:
        frame = '{"command":"emit","tuple":[' + ",".join([_ENCODE.get(type(v), _encode)(v) for v in values])
        if not ask:
            frame += '],"need_task_ids":false'
        else:
            frame += "]"
        if anchors:
            frame += ',"anchors":[' + ",".join([_ENCODE.get(type(a), _encode)(a) for a in anchors]) + "]"
        if id is not None:
            frame += ',"id":' + _encode(id)
        if stream is not None:
            frame += ',"stream":' + _encode(stream)
        if task is not None:
            frame += ',"task":' + _encode(task)
        self.put(frame + "}\nend\n")

    def ack(self, id: Any) -> None:
        self.put('{"command":"ack","id":' + _ENCODE.get(type(id), _encode)(id) + "}\nend\n")

    def fail(self, id: Any) -> None:
        self.put('{"command":"fail","id":' + _ENCODE.get(type(id), _encode)(id) + "}\nend\n")


# ASCII alone, so that whatever came in as text can go out again, half surrogates included. No NaN: it is no JSON.
_encode: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_plain).encode
_ENCODE: Dict[type, Callable[[Any], str]] = {str: _quote, int: int.__repr__}
# Stands between two frames while they are read: a number that no message has.
_MARK = random.getrandbits(60) + 2**60
_MARKED = f",{_MARK},"


class _MsgpackStream(_Stream):
    """msgpack messages back to back."""

    def __init__(self, source: int, target: int) -> None:
        super().__init__(source, target)
        try:
            import msgpack  # type: ignore
        except ImportError:
            sys.exit("storm: the topology asks for msgpack, and Python does not find it: pip install msgpack")
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, unicode_errors="surrogatepass")
        self.pack = msgpack.Packer(unicode_errors="surrogatepass", default=_plain).pack

    def feed(self, chunk: bytes) -> List[Any]:
        self.unpacker.feed(chunk)
        return list(self.unpacker)

    def join(self, frames: List[bytes]) -> bytes:
        return b"".join(frames)

    def frame(self, message: Message) -> bytes:
        return self.pack(message)


class _Played(_Port):
    """
    No other side: inputs are played to the component, and what it sends is shown. An input is a list of values, or
    for a bolt `tick`, for a spout `next`, `ack` or `fail` (what was emitted last) or `fail ID`. The end of
    the inputs is the end of input.
    """

    def __init__(self, inputs: Iterable[Any], show: Callable[[Message], None], fields: Sequence[str], conf: Message):
        super().__init__()
        self.inputs = iter(inputs)
        self.show = show
        self.last_id: Any = None
        self.kept: Dict[str, Any] = {}
        self.count = 0
        self.ended = False
        context = {
            "componentid": os.path.splitext(os.path.basename(sys.argv[0] or "component"))[0],
            "taskid": 1,
            "task->component": {"1": "component", "2": "input"},
            "source->stream->fields": {"input": {DEFAULT_STREAM: list(fields)}},
        }
        self.queue.append({"conf": {"typhoon.version": "by hand", **conf}, "pidDir": None, "context": context})

    def read(self) -> List[Any]:
        for item in self.inputs:
            return [self.command(item) if isinstance(item, str) else self.tuple(list(item))]
        if self.ended or MODE is not Bolt:
            raise SystemExit(0)
        self.ended = True
        return [{"id": "-9", "comp": None, "stream": "__end_of_input", "task": _SYSTEM_TASK, "tuple": []}]

    def tuple(self, values: List[Any]) -> Message:
        self.count += 1
        return {"id": str(self.count), "comp": "input", "stream": DEFAULT_STREAM, "task": 2, "tuple": values}

    def command(self, text: str) -> Message:
        name, _, id = text.partition(" ")
        if name == "tick":
            return {"id": "-4", "comp": "__system", "stream": "__tick", "task": _SYSTEM_TASK, "tuple": [1]}
        return {"command": name, "id": _value_of(id) if id else self.last_id}

    def send(self, message: Message) -> None:
        command = message.get("command")
        if command in ("state_get", "state_put"):
            self.state(json.loads(_encode(message)))
            return
        if command == "emit":
            self.last_id = message.get("id", self.last_id)
            if message.get("need_task_ids", True) and "task" not in message:
                self.answer([1])
        of_runtime = command in ("ack", "fail") and str(message["id"]).startswith("-")
        if command not in (None, "sync") and not of_runtime:
            self.show(json.loads(_encode(message)))


    def state(self, message: Message) -> None:
        """Keeps what is put for as long as it runs."""
        values = self.kept.setdefault(message["state"], {})
        if message["command"] == "state_get":
            found = [values.get(_encode(key)) for key in message["keys"]]
            self.queue.append({"state": message["state"], "values": [[] if one is None else one for one in found]})
        for key, value in message.get("put", []):
            values[_encode(key)] = [value]
        for key in message.get("delete", []):
            values.pop(_encode(key), None)


def _value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


# ---------------------------------------------------------------------------------------------------------------------
# The process: which port, and what becomes of standard output

_port: _Port = None  # type: ignore[assignment]  # from the first use on
_fields: Dict[Optional[str], Dict[str, List[str]]] = {}  # source → stream → names
_outputs: Optional[Dict[str, List[str]]] = None  # own stream → names; None where the parent does not tell them
_typhoon = False  # the other side is Typhoon, and knows its extensions

MODE: Any = None
"""`Bolt` or `Spout`: what the classic `emit` means."""
ANCHOR_TUPLE: Optional[Tuple] = None
"""What the classic `emit` anchors to, whatever it is told, while it is set."""


def _opened() -> _Port:
    """The port. The first call takes over standard input and output."""
    global _port
    if _port is None:
        if "--hand" in sys.argv or sys.stdin.isatty():
            _port = _Played(_typed_lines(), _shown_on(sys.stdout), _argued(), {})
        else:
            _port = _taken_over()
        _lead_output_to_the_log()
        atexit.register(_close)
    return _port


def _shown_on(out: Any) -> Callable[[Any], None]:
    """Prints messages for people; whoever has read enough, as `head`, ends the program."""

    def show(message: Any) -> None:
        try:
            print(_show(message), file=out, flush=True)
        except BrokenPipeError:
            os._exit(0)

    return show


def _taken_over() -> _Stream:
    """
    Moves the pipes out of reach: who reads standard input finds its end, and what a subprocess or what was printed
    before now writes to standard output comes out on standard error.
    """
    serializer = os.environ.get("TYPHOON_SERIALIZER") or "json"
    if serializer not in ("json", "msgpack"):
        sys.exit(f"storm: unknown serializer {serializer!r} in TYPHOON_SERIALIZER: json and msgpack are known")
    source, target = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    sys.stdout.flush()
    stream = _MsgpackStream(source, target) if serializer == "msgpack" else _JsonStream(source, target)
    if os.name == "posix":
        os.set_blocking(source, True)
        os.set_blocking(target, True)
        os.register_at_fork(after_in_child=stream.forked)
    # Ctrl-C reaches the whole group of processes; the other side ends us when it has drained its topology.
    if threading.current_thread() is threading.main_thread():
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    return stream


class _LogOutput(io.BufferedIOBase):
    """What is written here becomes log messages, one a line."""

    def __init__(self) -> None:
        self.rest = b""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1  # leads to standard error, for subprocesses

    def write(self, data: Any) -> int:
        *lines, self.rest = (self.rest + bytes(data)).split(b"\n")
        for line in lines:
            self.log(line)
        return len(data)

    def log(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            log(text)

    def finish(self) -> None:
        self.log(self.rest)
        self.rest = b""


class _LogHandler(logging.Handler):
    """Leads the module `logging` to the log of the topology."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log(self.format(record).rstrip(), min(max(record.levelno // 10, TRACE), ERROR))
        except Exception:
            self.handleError(record)


def _lead_output_to_the_log() -> None:
    sys.stdout = io.TextIOWrapper(_LogOutput(), "utf-8", "backslashreplace", line_buffering=True)  # type: ignore
    logging.captureWarnings(True)
    root = logging.getLogger()
    if not root.handlers:  # who has set up his own logging keeps it
        handler = _LogHandler()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        root.addHandler(handler)
        if root.level == logging.WARNING:
            root.setLevel(logging.INFO)


def _close() -> None:
    sys.stdout.flush()
    output = getattr(sys.stdout, "buffer", None)
    if isinstance(output, _LogOutput):
        output.finish()
    _port.close()


def _argued() -> List[str]:
    """The names behind `--fields`, for tuples that are typed in."""
    names = sys.argv[sys.argv.index("--fields") + 1 :][:1] if "--fields" in sys.argv else []
    return names[0].split(",") if names else []


def _typed_lines() -> Iterator[Any]:
    """Each line of standard input: for a bolt a tuple or `:tick`, for a spout a command, or nothing for `next`."""
    if sys.stdin.isatty():
        hint = "A line is a tuple: a JSON array, or text." if MODE is Bolt else "Enter is next; or ack, fail."
        print(hint, "Ctrl-D ends.", file=sys.stderr)
    try:
        for line in sys.stdin:
            text = line.strip()
            if MODE is not Bolt:
                yield text or "next"
            elif text == ":tick":
                yield "tick"
            elif text:
                values = _value_of(text)
                yield values if isinstance(values, list) else [text]
    except KeyboardInterrupt:
        return


def _show(message: Message) -> str:
    """A message, readably, on one line as far as it goes."""
    command = message.pop("command")
    if command == "log":
        return f"log    {('trace', 'debug', 'info', 'warn', 'error')[message.get('level', INFO)]}: {message['msg']}"
    if command == "emit":
        message.pop("need_task_ids", None)
        rest = "".join(f" {key}={json.dumps(value)}" for key, value in message.items() if key != "tuple")
        return f"emit   {json.dumps(message['tuple'], ensure_ascii=False)}{rest}"
    return f"{command:<6} {' '.join(str(value) for value in message.values())}".rstrip()


def trial(
    component: Union[Bolt, Spout], inputs: Iterable[Any], fields: Sequence[str] = (), conf: Optional[Message] = None
) -> List[Message]:
    """
    Runs a component in this process, for tests, and returns the messages that it sends. An input is a list of values
    (`fields` names them), or `"tick"` for a bolt; for a spout `"next"`, `"ack"` and `"fail"` (of what was emitted
    last), or `"fail ID"`. When they are through, a bolt is told the end of its input. Ids of tuples are "1", "2" …
    """
    global _port, MODE, ANCHOR_TUPLE
    before = _port, MODE, ANCHOR_TUPLE, _fields.copy(), _outputs, _typhoon
    sent: List[Message] = []
    _port, ANCHOR_TUPLE = _Played(inputs, sent.append, fields, conf or {}), None
    try:
        component.run()
    except SystemExit as end:
        if end.code:
            raise
    finally:
        _restore(*before)
    return sent


def _restore(port: _Port, mode: Any, anchor: Optional[Tuple], fields: Any, outputs: Any, typhoon: bool) -> None:
    global _port, MODE, ANCHOR_TUPLE, _fields, _outputs, _typhoon
    _port, MODE, ANCHOR_TUPLE, _fields, _outputs, _typhoon = port, mode, anchor, fields, outputs, typhoon


def _handshake(can: Optional[str] = None) -> List[Any]:
    """Reads conf and context, and answers with the pid, and what Typhoon may do beyond Storm's protocol."""
    global _fields, _outputs, _typhoon
    setup = readCommand()
    conf, context = setup.get("conf") or {}, Context(setup.get("context") or {})
    _fields = context.get("source->stream->fields") or {}
    _outputs = context.get("stream->outputfields")
    _typhoon = "typhoon.version" in conf
    _send_pid(setup.get("pidDir"), {can: True} if can and _typhoon else {})
    return [conf, context]


def _start(component: Any, mode: Any) -> _Port:
    """Handshake and `initialize`; an exception there is reported and ends the process with 1."""
    global MODE
    MODE = mode
    port = _opened()
    conf, context = _handshake("end_of_input" if mode is Bolt else "pipelining" if mode is Spout else None)
    try:
        component._prepare(conf, context)
        component.initialize(conf, context)
    except Exception as error:
        _report(error)
        sys.exit(1)
    return port


def _report(error: BaseException) -> None:
    frames = error.__traceback__
    while frames and frames.tb_next and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next  # how the library got to the component tells nothing
    message: Dict[str, Any] = {"command": "error"}
    message["msg"] = "".join(traceback.format_exception(type(error), error, frames))
    if getattr(error, "permanent", False) is True:  # no further attempt will mend it
        message["permanent"] = True
    if isinstance(error, _Unfit):
        message["code"] = error.code
    sendMsgToParent(message)


def _send_tuple(
    values: Values, anchors: List[str], id: Any, stream: Optional[str], task: Optional[int], ask: bool
) -> Optional[List[int]]:
    """Emits. Returns the task ids where they are asked for and can be had: an emit to one task has none."""
    if not ask or task is not None:
        _port.emit(_checked(values, stream), anchors, id, stream, task, False)
        return None
    _emit(None, values, anchors, id, stream, None)
    return _port.task_ids()


class _Unfit(ValueError):
    """An emit that does not fit what the component declares: it is refused where it stands."""

    code = ""


class WrongValues(_Unfit):
    """A tuple has another number of values than its stream has fields. No further attempt will mend that."""

    permanent = True
    code = "WRONG_VALUES"


class UndeclaredStream(_Unfit):
    """A component has emitted to a stream that it does not declare."""

    code = "UNDECLARED_STREAM"


def _checked(values: Values, stream: Optional[str]) -> Values:
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"a tuple is a list of values, not {type(values).__name__}: {values!r}")
    if _outputs is None:
        return values
    name = stream or DEFAULT_STREAM
    fields = _outputs.get(name)
    if fields is None:
        raise UndeclaredStream(f'emitted to the stream "{name}"; declared: {", ".join(_outputs) or "none"}')
    if len(values) != len(fields):
        names = f"{len(fields)} ({', '.join(fields)})" if fields else "none"
        raise WrongValues(f'emitted to the stream "{name}": values: {len(values)}; fields: {names}')
    return values


# ---------------------------------------------------------------------------------------------------------------------
# The classic face: functions


def readMsg() -> Any:
    """The next message, of whatever kind. Raises SystemExit where none will come any more."""
    port = _opened()
    while not port.queue and not port.ids:
        port.receive()
    return (port.queue or port.ids).popleft()


def readCommand() -> Message:
    """The next message that is not a list of task ids."""
    return _opened().next()


def readTuple() -> Tuple:
    """The next tuple of a bolt, for those who write their own loop."""
    message = readCommand()
    return Tuple(message["id"], message["comp"], message["stream"], message["task"], message["tuple"])


def readTaskIds() -> List[int]:
    """The answer to the oldest emit whose task ids were asked for and not yet read."""
    return _opened().task_ids()


def sendMsgToParent(msg: Message) -> None:
    port = _opened()
    with port.asking:
        if msg.get("command") == "emit" and "task" not in msg and msg.get("need_task_ids", True):
            port.asked.append(None)
        port.send(msg)


def sync() -> None:
    sendMsgToParent({"command": "sync"})


def sendpid(heartbeatdir: Optional[str]) -> None:
    """Leaves a file with the name of the process id, where a folder is given, and sends the id."""
    _send_pid(heartbeatdir, {})


def _send_pid(heartbeatdir: Optional[str], more: Message) -> None:
    pid = os.getpid()
    if heartbeatdir:
        try:
            open(os.path.join(heartbeatdir, str(pid)), "w").close()
        except OSError as error:
            print(f"storm: no pid file: {error}", file=sys.stderr)
    sendMsgToParent({"pid": pid, **more})


def initComponent() -> List[Any]:
    """The handshake, for those who write their own loop: [conf, context]."""
    return _handshake()


def emit(*args: Any, **kwargs: Any) -> Sequence[int]:
    """
    Emits as `emitBolt` or `emitSpout`, and returns the ids of the tasks that get the tuple; a direct emit has none. Only
    whoever looks at the ids waits for them.
    """
    direct = kwargs.get("directTask", args[3] if len(args) > 3 else None)
    ids = _TaskIds() if direct is not None else _TaskIds(port=_opened())
    (_emit_spout if MODE is Spout else _emit_bolt)(ids, *args, **kwargs)
    return ids


def emitDirect(task: int, *args: Any, **kwargs: Any) -> None:
    """Emits to one task alone."""
    kwargs["directTask"] = task
    (emitSpout if MODE is Spout else emitBolt)(*args, **kwargs)


def emitBolt(*args: Any, **kwargs: Any) -> None:
    """
    Emits from a bolt: (tup, stream=None, anchors=[], directTask=None). Unless it is direct, its task ids must be read with
    `readTaskIds`.
    """
    _emit_bolt(None, *args, **kwargs)


def emitSpout(*args: Any, **kwargs: Any) -> None:
    """
    Emits from a spout: (tup, stream=None, id=None, directTask=None). Unless it is direct, its task ids must be read with
    `readTaskIds`.
    """
    _emit_spout(None, *args, **kwargs)


def _emit_bolt(
    ids: Optional[_TaskIds],
    tup: Values,
    stream: Optional[str] = None,
    anchors: Iterable[Tuple] = (),
    directTask: Optional[int] = None,
) -> None:
    if ANCHOR_TUPLE is not None:
        anchors = [ANCHOR_TUPLE]
    _emit(ids, tup, [anchor.id for anchor in anchors], None, stream, directTask)


def _emit_spout(
    ids: Optional[_TaskIds],
    tup: Values,
    stream: Optional[str] = None,
    id: Any = None,
    directTask: Optional[int] = None,
) -> None:
    _emit(ids, tup, [], id, stream, directTask)


def _emit(
    ids: Optional[_TaskIds], tup: Values, anchors: List[str], id: Any, stream: Optional[str], task: Optional[int]
) -> None:
    """Emits with its place among those who asked for task ids; one that cannot be written asks for none."""
    port = _opened()
    if task is not None:
        port.emit(_checked(tup, stream), anchors, id, stream, task, True)
        return
    with port.asking:
        port.asked.append(ids)
        try:
            port.emit(_checked(tup, stream), anchors, id, stream, None, True)
        except BaseException:
            port.asked.pop()
            raise


def ack(tup: Tuple) -> None:
    """The tuple is done. Only the first verdict on a tuple counts; a further one is not sent."""
    if not getattr(tup, "_settled", False):
        tup._settled = True
        _opened().ack(tup.id)


def fail(tup: Tuple) -> None:
    """The tuple has failed, and its spout may replay it."""
    if not getattr(tup, "_settled", False):
        tup._settled = True
        _opened().fail(tup.id)


def reportError(msg: str) -> None:
    sendMsgToParent({"command": "error", "msg": str(msg)})


def log(msg: Any, level: int = INFO) -> None:
    sendMsgToParent({"command": "log", "msg": str(msg), "level": level})


def logTrace(msg: Any) -> None:
    log(msg, TRACE)


def logDebug(msg: Any) -> None:
    log(msg, DEBUG)


def logInfo(msg: Any) -> None:
    log(msg, INFO)


def logWarn(msg: Any) -> None:
    log(msg, WARN)


def logError(msg: Any) -> None:
    log(msg, ERROR)


def rpcMetrics(name: str, params: Any) -> None:
    """Updates a metric that the topology has registered for this component."""
    sendMsgToParent({"command": "metrics", "name": name, "params": params})


# ---------------------------------------------------------------------------------------------------------------------
# States


class State:
    """
    What this task of a bolt keeps by key. Typhoon has it, and with `topology.guarantee: exactly-once` it lasts: what is
    written while a tuple is processed takes effect with what is emitted, or not at all. The option `states` of the bolt
    names it. Not under Storm.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, key: Any, default: Any = None) -> Any:
        return self.get_all([key], default)[0]

    def get_all(self, keys: Iterable[Any], default: Any = None) -> List[Any]:
        """The values of several keys in one question; `default` for each that has none."""
        port = _opened()
        port.send({"command": "state_get", "state": self.name, "keys": list(keys)})
        return [found[0] if found else default for found in port.values()]

    def put(self, key: Any, value: Any) -> None:
        self.put_all([(key, value)])

    def put_all(self, pairs: Iterable[Any]) -> None:
        """Puts the values of several keys, given as pairs, in one message."""
        _opened().send({"command": "state_put", "state": self.name, "put": [list(pair) for pair in pairs]})

    def delete(self, *keys: Any) -> None:
        _opened().send({"command": "state_put", "state": self.name, "delete": list(keys)})


# ---------------------------------------------------------------------------------------------------------------------
# Bolts


class Bolt:
    """
    A bolt that is left to say what is anchored, acked and failed: `emit(…, anchors=[tup])`, `ack(tup)`, `fail(tup)`. An
    exception is reported and fails the tuple, unless it was acked or failed before.
    """

    def initialize(self, conf: Message, context: Context) -> None:
        """Called once, before the first tuple. An exception ends the process."""

    def process(self, tup: Tuple) -> None:
        """Called for every tuple."""

    def process_tick(self, tup: Tuple) -> None:
        """Called for every tick; without a method of your own a tick is a tuple like others. Acked by the library."""
        self.process(tup)

    def end_of_input(self) -> None:
        """Called once when the whole input was processed (never under Storm). May emit, without anchors."""

    def emit(
        self,
        values: Values,
        stream: Optional[str] = None,
        anchors: Optional[Iterable[Tuple]] = None,
        task: Optional[int] = None,
        need_task_ids: bool = False,
    ) -> Optional[List[int]]:
        """
        Emits without waiting. `anchors`: none, unless given; `task`: to this task alone; `need_task_ids`: wait for the
        ids of the tasks that get the tuple, and return them. Raises TypeError or ValueError for values that cannot be
        sent.
        """
        ids = [anchor.id for anchor in (self._anchors() if anchors is None else anchors)]
        return _send_tuple(values, ids, None, stream, task, need_task_ids)

    def ack(self, tup: Tuple) -> None:
        ack(tup)

    def fail(self, tup: Tuple) -> None:
        fail(tup)

    def run(self) -> None:
        """Serves until the other side is gone, which ends the process."""
        port = _start(self, Bolt)
        while True:
            message = port.next()
            try:
                tup = Tuple(message["id"], message["comp"], message["stream"], message["task"], message["tuple"])
            except (KeyError, TypeError):
                logWarn(f"storm: a message that is not a tuple was left out: {message!r:.1000}")
                continue
            if tup.task == _SYSTEM_TASK:
                self._system(tup)
            else:
                self._deliver(tup)

    def _prepare(self, conf: Message, context: Context) -> None:
        pass

    def _anchors(self) -> Iterable[Tuple]:
        return ()

    def _deliver(self, tup: Tuple) -> None:
        try:
            self.process(tup)
        except Exception as error:
            _report(error)
            fail(tup)

    def _system(self, tup: Tuple) -> None:
        if tup.stream == "__heartbeat":
            return sync()
        if tup.stream != "__end_of_input" and not tup.is_tick_tuple():
            return self._deliver(tup)
        try:
            self.process_tick(tup) if tup.is_tick_tuple() else self.end_of_input()
            ack(tup)
        except Exception as error:
            _report(error)
            fail(tup)


class BasicBolt(Bolt):
    """
    What it emits is anchored to its input; the input is acked when `process` returns, and failed when it raises. Ticks
    are not anchors.
    """

    def _anchors(self) -> Iterable[Tuple]:
        return () if ANCHOR_TUPLE is None else (ANCHOR_TUPLE,)

    def _deliver(self, tup: Tuple) -> None:
        global ANCHOR_TUPLE
        ANCHOR_TUPLE = tup
        try:
            self.process(tup)
            ack(tup)
        except Exception as error:
            _report(error)
            fail(tup)
        finally:
            ANCHOR_TUPLE = None


class BatchingBolt(Bolt):
    """
    Processes tuples in groups: when `group_size` of them have come, at every tick, and at the end of the input. Without
    ticks (`topology.tick.tuple.freq.secs`) the last tuples would wait for others until they time out.

    What is emitted is anchored to all of the group; all of it is acked, or failed where `process_group` raises.
    """

    group_size = 100

    def process_group(self, group: List[Tuple]) -> None:
        """Called with at least one and at most `group_size` tuples. May ack or fail some of them by itself."""
        raise NotImplementedError(f"{type(self).__name__} has no process_group(group)")

    def process(self, tup: Tuple) -> None:
        self._group.append(tup)
        if len(self._group) >= self.group_size:
            self._process_group()

    def process_tick(self, tup: Tuple) -> None:
        self._process_group()

    def end_of_input(self) -> None:
        self._process_group()

    def _prepare(self, conf: Message, context: Context) -> None:
        self._group: List[Tuple] = []
        self._processed: List[Tuple] = []

    def _anchors(self) -> Iterable[Tuple]:
        return self._processed

    def _process_group(self) -> None:
        group, self._group = self._group, []
        if not group:
            return
        self._processed = list(group)
        try:
            self.process_group(group)
            verdict = ack
        except Exception as error:
            _report(error)
            verdict = fail
        for tup in self._processed:
            verdict(tup)
        self._processed = []


class FunctionBolt(BasicBolt):
    """What `bolt` makes of a function. Calling it calls the function, which is how to test it."""

    def __init__(self, function: Callable[[Tuple], Any]) -> None:
        self._function = function
        self._tick: Callable[[Tuple], Any] = lambda tup: None
        self._end: Callable[[], Any] = lambda: None
        self.__doc__ = function.__doc__

    def __call__(self, tup: Tuple) -> Any:
        return self._function(tup)

    def on_tick(self, function: Callable[[Tuple], Any]) -> Callable[[Tuple], Any]:
        """Decorator of a function that is called with every tick, and emits as the bolt itself does."""
        self._tick = function
        return function

    def at_end(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Decorator of a function without parameters that is called at the end of the input."""
        self._end = function
        return function

    def process(self, tup: Tuple) -> None:
        _emit_results(self, self._function, tup)

    def process_tick(self, tup: Tuple) -> None:
        _emit_results(self, self._tick, tup)

    def end_of_input(self) -> None:
        _emit_results(self, self._end)


def bolt(function: Callable[[Tuple], Any]) -> FunctionBolt:
    """
    Decorator that makes a bolt of a function: what it yields (many) or returns (one, or None) is emitted, anchored to
    the tuple: lists of values, or `Emit`. Then the tuple is acked; when the function raises, it fails. Ticks are left
    to `on_tick`.
    """
    return FunctionBolt(function)


def _emit_results(component: Any, function: Callable[..., Any], *args: Any) -> None:
    results = function(*args)
    if results is None:
        return
    try:
        for result in (results,) if isinstance(results, (list, tuple, Emit)) else _listed(results):
            try:
                _emit_result(component, result)
            except _Unfit as error:
                if hasattr(results, "throw"):  # so that the traceback shows where it was yielded
                    results.throw(error)
                raise
    except _Unfit as error:  # of what was returned no traceback shows where
        code = getattr(function, "__code__", None)
        if code is not None and not hasattr(results, "throw"):
            where = f"{code.co_filename}:{code.co_firstlineno}"
            raise type(error)(f"{error}; returned by {function.__name__} ({where})") from None
        raise


def _listed(results: Any) -> Iterator[Any]:
    """What was yielded, one after another. Anything but a list of values is refused at the line that has yielded it."""
    if isinstance(results, (str, bytes, dict)):
        raise _no_values(results, "return")
    for result in results:
        if not isinstance(result, (list, tuple, Emit)):
            error = _no_values(result, "yield")
            if hasattr(results, "throw"):  # so that the traceback shows where it was yielded
                results.throw(error)
            raise error
        yield result


def _no_values(values: Any, statement: str) -> TypeError:
    shown = f"{values!r:.100}"
    return TypeError(f"a tuple is a list of values, not {type(values).__name__}: {shown}; write {statement} [{shown}]")


def _emit_result(component: Any, result: Any) -> None:
    if not isinstance(result, Emit):
        component.emit(result)
    elif isinstance(component, Spout):
        component.emit(result.values, result.id, result.stream, result.task)
    else:
        component.emit(result.values, result.stream, result.anchors, result.task)


# ---------------------------------------------------------------------------------------------------------------------
# Spouts


class Spout:
    """A spout that keeps nothing: what fails is its own affair. An exception is reported, and the spout goes on."""

    exhausted = False
    """Set it when there is nothing more to emit, unless something fails: a topology ends by itself then."""

    def initialize(self, conf: Message, context: Context) -> None:
        """Called once. An exception ends the process."""

    def nextTuple(self) -> None:
        """Emits the next tuple, or a few, or none; must not block."""

    def ack(self, id: Any) -> None:
        """All that came of the message is done."""

    def fail(self, id: Any) -> None:
        """The message has failed or timed out."""

    def activate(self) -> None:
        """The topology starts, or goes on."""

    def deactivate(self) -> None:
        """The topology pauses."""

    def emit(
        self,
        values: Values,
        id: Any = None,
        stream: Optional[str] = None,
        task: Optional[int] = None,
        need_task_ids: bool = False,
    ) -> Optional[List[int]]:
        """
        Emits without waiting. With an `id` (string or number) the spout hears of it in `ack` or `fail`; `task`: to this
        task alone; `need_task_ids`: wait for the ids of the tasks that get the tuple, and return them.
        """
        return _send_tuple(values, [], id, stream, task, need_task_ids)

    def run(self) -> None:
        """Serves until the other side is gone, which ends the process."""
        port = _start(self, Spout)
        while True:
            message = port.next()
            if not isinstance(message, dict) or "command" not in message:
                logWarn(f"storm: a message that is not a command was left out: {message!r:.1000}")
                continue
            try:
                self._obey(message)
            except Exception as error:
                _report(error)
            port.send({"command": "sync"})

    def _prepare(self, conf: Message, context: Context) -> None:
        pass

    def _obey(self, message: Message) -> None:
        command = message["command"]
        if command == "next":
            self._next()
            if _typhoon and self._is_exhausted():
                sendMsgToParent({"command": "exhausted"})
        elif command in ("ack", "fail"):
            (self.ack if command == "ack" else self.fail)(message["id"])
        elif command in ("activate", "deactivate"):
            getattr(self, command)()
        else:
            logWarn(f"storm: an unknown command was left out: {message!r:.1000}")

    def _next(self) -> None:
        self.nextTuple()

    def _is_exhausted(self) -> bool:
        return self.exhausted


class _Root:
    """A tuple that a ReliableSpout keeps."""

    __slots__ = ("values", "stream", "task", "attempts", "waiting")

    def __init__(self, values: Values, stream: Optional[str], task: Optional[int]) -> None:
        self.values = values
        self.stream = stream
        self.task = task
        self.attempts = 1
        self.waiting = False


class ReliableSpout(Spout):
    """
    Keeps what it emitted until it is acked, and emits again what has failed, after a back-off.

    Override `tuples` with a generator, or `nextTuple` (and set `exhausted` at the end). What is kept is kept in memory:
    where the process dies, the source begins anew.
    """

    max_attempts: Optional[int] = None
    """How often a tuple is emitted before it is given up; None: `topology.replay.max.attempts`, or 5."""
    replay_delay: Optional[float] = None
    """Seconds before the first replay, doubled for each further one; None: `topology.replay.delay.ms`, or 0.1."""
    max_replay_delay: Optional[float] = None
    """Upper limit of the delay; None: `topology.replay.max.delay.ms`, or 30."""
    _source: Optional[Iterator[Any]] = None

    def tuples(self) -> Iterable[Any]:
        """
        A generator of the tuples: lists of values, `Emit`, or None where there is nothing just now. Its end is the end
        of the source. When it raises, that is reported, and it is called anew.
        """
        return ()

    def acked(self, id: Any, values: Values) -> None:
        """A tuple is done and no longer kept."""

    def given_up(self, id: Any, values: Values) -> None:
        """A tuple has failed too often and is no longer kept. Unless overridden, it is reported as an error."""
        reportError(f"given up after {self.max_attempts} attempts: {values!r}")

    def nextTuple(self) -> None:
        try:
            if self._source is None:
                self._source = iter(self.tuples())
            result = next(self._source)
        except StopIteration:
            self.exhausted = True
            return
        except Exception:
            self._source = None  # a generator that has raised has ended
            raise
        if result is not None:
            _emit_result(self, result)

    def emit(
        self,
        values: Values,
        id: Any = None,
        stream: Optional[str] = None,
        task: Optional[int] = None,
        need_task_ids: bool = False,
    ) -> Optional[List[int]]:
        """As `Spout.emit`, and keeps the tuple. Without an `id` it gets one."""
        if id is None:
            id = self._prefix + str(next(self._numbers))
        self._kept[id] = _Root(values, stream, task)
        try:
            return _send_tuple(values, [], id, stream, task, need_task_ids)
        except Exception:
            del self._kept[id]
            raise

    def ack(self, id: Any) -> None:
        root = self._kept.pop(id, None)
        if root is not None:
            self.acked(id, root.values)

    def fail(self, id: Any) -> None:
        root = self._kept.get(id)
        if root is None or root.waiting:
            return
        if root.attempts >= (self.max_attempts or 1):
            del self._kept[id]
            self.given_up(id, root.values)
            return
        delay = min(self.max_replay_delay or 0, (self.replay_delay or 0) * 2 ** min(root.attempts - 1, 64))
        root.waiting = True
        # Jitter, so that what failed together does not come back together.
        heapq.heappush(self._due, (time.monotonic() + delay * random.uniform(0.5, 1), next(self._numbers), id))

    def _prepare(self, conf: Message, context: Context) -> None:
        self._source = None
        self._kept: Dict[Any, _Root] = {}
        self._due: List[Any] = []  # a heap of (time, number, id)
        self._numbers = itertools.count(1)
        # Ids of an earlier process of this spout, which the other side may still fail, must not be taken for ours.
        self._prefix = f"{random.getrandbits(32):x}-"
        self._max_waiting = conf.get("topology.max.spout.pending") or 1000
        if self.max_attempts is None:
            self.max_attempts = conf.get("topology.replay.max.attempts", 5)
        if self.replay_delay is None:
            self.replay_delay = conf.get("topology.replay.delay.ms", 100) / 1000
        if self.max_replay_delay is None:
            self.max_replay_delay = conf.get("topology.replay.max.delay.ms", 30_000) / 1000

    def _next(self) -> None:
        if self._due and self._due[0][0] <= time.monotonic():
            id = heapq.heappop(self._due)[2]
            root = self._kept.get(id)
            if root is not None:
                root.attempts += 1
                root.waiting = False
                _send_tuple(root.values, [], id, root.stream, root.task, False)
        elif not self.exhausted and len(self._due) < self._max_waiting:
            self.nextTuple()

    def _is_exhausted(self) -> bool:
        return self.exhausted and not self._due


class FunctionSpout(ReliableSpout):
    """What `spout` makes of a generator function."""

    def __init__(self, function: Callable[[Message, Context], Iterable[Any]]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __call__(self, conf: Message, context: Context) -> Iterable[Any]:
        return self._function(conf, context)

    def initialize(self, conf: Message, context: Context) -> None:
        self._arguments = conf, context

    def tuples(self) -> Iterable[Any]:
        return self._function(*self._arguments)


def spout(function: Callable[[Message, Context], Iterable[Any]]) -> FunctionSpout:
    """Decorator that makes a `ReliableSpout` of a generator function `f(conf, context)`: see `ReliableSpout.tuples`."""
    return FunctionSpout(function)
