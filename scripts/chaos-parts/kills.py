"""Signals at random moments: what has its final name is right, and the next run does what the first should."""

import random
import shutil
import signal
import time

import world

OLD = "# an older file\n"


def run(options):
    index, right = world.chain(20, 100_000)
    chance = random.Random(options.seed)
    for sent in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        rounds = options.rounds if sent == signal.SIGKILL else options.rounds // 4
        of_harden(index, right, sent, rounds, chance)
        of_fetch(index, sent, rounds, chance)


def kill(process, sent, within, chance):
    time.sleep(chance.random() * within)
    process.send_signal(sent)
    try:
        process.communicate(timeout=20)
    except world.subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        world.tell(False, f"{sent.name} ends a run within 20 s")


def of_harden(index, right, sent, rounds, chance):
    folder = world.fresh("kill-harden")
    (folder / "loose.txt").write_text("p0\n")
    wrong = 0
    for number in range(rounds):
        if number % 3 == 0:
            shutil.rmtree(folder / "cache", ignore_errors=True)
        (folder / "strict.txt").write_text(OLD)
        kill(world.begin("harden", *world.lock_args(index), folder=folder), sent, 0.15, chance)
        wrong += (folder / "strict.txt").read_text() != OLD and world.pins(folder) != right
    again = world.lock(folder, "p0\n", index)
    left = [path.name for path in folder.iterdir() if path.name not in ("loose.txt", "strict.txt", "cache")]
    ok = not wrong and again.code == 0 and world.pins(folder) == right and not left
    world.tell(ok, f"harden, {sent.name} {rounds} times", f"{wrong} wrong, left {left}, then {again}")


def of_fetch(index, sent, rounds, chance):
    folder = world.fresh("kill-fetch")
    world.lock(folder, "p0\n", index)
    wrong = []
    for number in range(rounds):
        if number % 2 == 0:
            shutil.rmtree(folder / "wheelhouse", ignore_errors=True)
        if number % 3 == 0:
            shutil.rmtree(folder / "cache", ignore_errors=True)
        kill(world.begin("fetch", *world.fetch_args(index), folder=folder), sent, 0.25, chance)
        wrong += world.wrong_files(folder / "wheelhouse", index)[0]
    again = world.fetch(folder, index)
    bad, other = world.wrong_files(folder / "wheelhouse", index)
    whole = len(list((folder / "wheelhouse").iterdir())) == len(index.files)
    ok = not wrong and again.code == 0 and not bad and not other and whole
    world.tell(ok, f"fetch, {sent.name} {rounds} times", f"{len(wrong)} wrong, left {other}, then {again}")
