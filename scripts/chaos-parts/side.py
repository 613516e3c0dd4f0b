"""Processes side by side on one cache, one wheelhouse and one output."""

import shutil

import world


def run(_options):
    index, right = world.chain(20, 100_000)
    for number in (2, 8):
        for attempt in range(3):
            what = f"{number} side by side, {attempt + 1}"
            folder = world.fresh("side")
            (folder / "loose.txt").write_text("p0\n")
            locking = [world.begin("harden", *world.lock_args(index), folder=folder) for _ in range(number)]
            codes = ended(locking)
            world.tell(codes == {0} and world.pins(folder) == right, f"harden: {what}", codes)
            shutil.rmtree(folder / "cache")
            codes = ended([world.begin("fetch", *world.fetch_args(index), folder=folder) for _ in range(number)])
            wrong, other = world.wrong_files(folder / "wheelhouse", index)
            world.tell(codes == {0} and not wrong and not other, f"fetch: {what}", (codes, wrong, other))
            beside_cleaning(index, folder, number, what)


def beside_cleaning(index, folder, number, what):
    """Each has a wheelhouse of its own while the cache that they share is removed."""
    fetching = [world.begin("fetch", *world.fetch_args(index), "-d", f"house-{place}", folder=folder) for place in range(number)]
    cleaning = [world.begin("harden", "cache", "clean", "--cache-dir", "cache", folder=folder) for _ in range(3)]
    codes = ended(fetching + cleaning)
    wrong = [world.wrong_files(folder / f"house-{place}", index)[0] for place in range(number)]
    world.tell(codes == {0} and not any(wrong), f"fetch beside `harden cache clean`: {what}", (codes, wrong))


def ended(processes):
    codes = set()
    for process in processes:
        try:
            process.communicate(timeout=60)
        except world.subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        codes.add(process.returncode)
    return codes
