"""Answers that break, stall or lie: of one file for good, and of any request at random."""

import random
import struct
import socket

import world
from world import Answer


def reset(handler):
    """Ends the connection with a reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def cut(index, path):
    answer = index.answer(path)
    return Answer(answer.body, answer.status, answer.kind, length=len(answer.body), cut=len(answer.body) // 2)


def empty(_index, _path):
    return lambda handler: handler.connection.close()


# Each passes when a request is sent again.
PASSING = {
    "500": lambda *_: Answer(b"broken", 500),
    "502": lambda *_: Answer(b"<html>bad gateway</html>", 502, "text/html"),
    "503 with Retry-After": lambda *_: Answer(b"", 503, headers={"Retry-After": "0"}),
    "429": lambda *_: Answer(b"", 429, headers={"Retry-After": "0"}),
    "a body that is cut": cut,
    "no answer": empty,
    "a reset": lambda *_: reset,
    "a pause": lambda index, path: paused(index, path),
}

# Each is an error for good.
LASTING = {
    "403": lambda *_: Answer(b"no", 403),
    "404": lambda *_: Answer(b"no", 404),
    "a login page": lambda *_: Answer(b"<form><input type=password></form>", 200, "text/html"),
    "an empty body": lambda *_: Answer(b""),
    "noise": lambda *_: Answer(random.Random(1).randbytes(5000)),
    "other bytes": lambda index, path: Answer(bytes(byte ^ 1 for byte in index.answer(path).body)),
    "a redirect to itself": lambda index, path: Answer(b"", 302, headers={"Location": index.url + path}),
    "a compression that was not asked for": lambda index, path: Answer(index.answer(path).body, headers={"Content-Encoding": "br"}),
    "a part in place of the whole": lambda index, path: Answer(index.answer(path).body[:100], 206, headers={"Content-Range": "bytes 0-99/100"}),
}


# What says something wrong of bytes that are right, as the pinned digest shows.
RIGHT_BYTES = {"a compression that was not asked for"}


def paused(index, path):
    answer = index.answer(path)
    return Answer(answer.body, answer.status, answer.kind, answer.headers, stall=0.2)


def run(options):
    lasting()
    at_random(options)


def lasting():
    """The file of one package answers wrongly: both commands refuse, and nothing wrong is kept."""
    for name, fault in LASTING.items():
        index, right = world.chain(3)
        folder = world.fresh("fault")
        world.lock(folder, "p0\n", index)
        index.fault = lambda path: fault(index, path) if path.endswith("p1-1.0-py3-none-any.whl") else None
        fetched = world.fetch(folder, index)
        wrong, other = world.wrong_files(folder / "wheelhouse", index)
        if name in RIGHT_BYTES:
            world.tell(fetched.code == 0 and not wrong and not other, f"fetch takes a file by its digest: {name}", fetched)
        else:
            world.tell(fetched.sane and fetched.code != 0 and not wrong and not other and "p1" in fetched.err,
                       f"fetch refuses a file: {name}", fetched)
        folder = world.fresh("fault")
        locked = world.lock(folder, "p0\n", index)
        world.tell(locked.sane and (locked.code != 0 or world.pins(folder) == right), f"harden and a file: {name}", locked)
        index.fault = lambda path: fault(index, path) if path == "/simple/p1/" else None
        folder = world.fresh("fault")
        locked = world.lock(folder, "p0\n", index)
        world.tell(locked.sane and not (locked.code == 0 and world.pins(folder) != right), f"harden and a page: {name}", locked)


def at_random(options):
    """Of all answers, 20 % break in a way that passes."""
    index, right = world.chain(12)
    chance = random.Random(options.seed)
    index.fault = lambda path: PASSING[chance.choice(list(PASSING))](index, path) if chance.random() < 0.2 else None
    failed = []
    for number in range(options.rounds):
        folder = world.fresh("random")
        locked = world.lock(folder, "p0\n", index, seconds=120)
        if locked.code != 0 or world.pins(folder) != right:
            failed.append(f"run {number}: harden: {locked}")
            continue
        fetched = world.fetch(folder, index, seconds=120)
        wrong, other = world.wrong_files(folder / "wheelhouse", index)
        if fetched.code != 0 or wrong or other:
            failed.append(f"run {number}: fetch: {fetched} {wrong} {other}")
    world.tell(not failed, f"{options.rounds} runs of both, 20 % of all answers broken", "; ".join(failed[:3]))
