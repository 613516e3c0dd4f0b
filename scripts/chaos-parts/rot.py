"""A cache that rots: a run is right, or it is refused; it is never wrong, and it never waits."""

import os
import random
import shutil

import world

MODES = ([], ["--offline"], ["--refresh"])


def run(options):
    index, right = world.chain(8)
    folder = world.fresh("rot")
    world.lock(folder, "p0\n", index)
    world.fetch(folder, index)
    shutil.copytree(folder / "cache", folder / "good")
    chance = random.Random(options.seed)
    wrong = []
    for number in range(options.rounds * 2):
        shutil.rmtree(folder / "cache")
        shutil.rmtree(folder / "wheelhouse", ignore_errors=True)
        (folder / "strict.txt").unlink(missing_ok=True)
        shutil.copytree(folder / "good", folder / "cache")
        kind = list(DAMAGES)[number % len(DAMAGES)]
        files = sorted(path for path in (folder / "cache").rglob("*") if path.is_file())
        for path in chance.sample(files, min(6, len(files))):
            DAMAGES[kind](path, files, chance)
        mode = MODES[number // len(DAMAGES) % len(MODES)]
        locked = world.lock(folder, "p0\n", index, *mode, seconds=15)
        fetched = world.fetch(folder, index, seconds=15) if locked.code == 0 else None
        bad = world.wrong_files(folder / "wheelhouse", index)[0]
        is_wrong = locked.code == 0 and world.pins(folder) != right
        # Offline, what rotted is missing.
        is_lame = mode != ["--offline"] and (locked.code != 0 or fetched.code != 0)
        if is_wrong or is_lame or bad or not locked.sane or (fetched and not fetched.sane):
            wrong.append(f"{kind} {mode}: {locked} {fetched} {bad}")
    world.tell(not wrong, f"a rotten cache, {options.rounds * 2} times", "; ".join(wrong[:3]))


def flipped(path, _files, chance):
    data = bytearray(path.read_bytes())
    for _ in range(3 if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def cut(path, _files, chance):
    data = path.read_bytes()
    path.write_bytes(data[:chance.randrange(len(data) + 1)])


def swapped(path, files, chance):
    alike = [other for other in files if other.suffix == path.suffix and other.is_file()]
    other = chance.choice(alike) if alike else path
    mine, its = path.read_bytes(), other.read_bytes()
    path.write_bytes(its), other.write_bytes(mine)


def replaced(make):
    def replace(path, _files, _chance):
        path.unlink()
        make(path)
    return replace


def only_files(damage):
    """A file that was damaged before may be no file now."""
    return lambda path, files, chance: damage(path, files, chance) if path.is_file() and not path.is_symlink() else None


DAMAGES = {name: only_files(damage) for name, damage in {
    "flipped bits": flipped,
    "cut": cut,
    "swapped": swapped,
    "zeros": lambda path, *_: path.write_bytes(bytes(path.stat().st_size)),
    "empty": lambda path, *_: path.write_bytes(b""),
    "more at the end": lambda path, _, chance: path.write_bytes(path.read_bytes() + chance.randbytes(100)),
    "folders": replaced(lambda path: path.mkdir()),
    "links": replaced(lambda path: path.symlink_to("/etc/passwd")),
    "pipes": replaced(os.mkfifo),
}.items()}
