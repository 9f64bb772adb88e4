"""What a sweep costs: seconds and peak memory of the whole process, over depth and width. Prints docs/cost.md.

    cargo build --release --locked && python3 benches/cost.py > docs/cost.md
"""

import os
import subprocess
import sys
import time

PROGRAM = "target/release/nablascope"


def run(net, sets, *more):
    """The best of three: seconds, and the most memory in MiB."""
    words = [PROGRAM, "sweep", net, "--seeds", "1", "--format", "csv", "--out", os.devnull, "--set", sets, *more]
    seconds, memory = [], []
    for _ in range(3):
        begin = time.perf_counter()
        child = subprocess.Popen(words, stderr=subprocess.PIPE)
        _, status, used = os.wait4(child.pid, 0)
        seconds.append(time.perf_counter() - begin)
        memory.append(used.ru_maxrss / 1024)
        if status:
            sys.exit(f"{words}: {child.stderr.read().decode()}")
    return min(seconds), max(memory)


def table(title, rows, ratio):
    print(f"## {title}\n\n| sizes | seconds | {ratio} | peak memory, MiB |\n|---|---|---|---|")
    before = None
    for sets, net, more in rows:
        seconds, memory = run(net, sets, *more)
        shown = "" if before is None else f"{seconds / before:.2f}"
        print(f"| `{' '.join([net, sets, *more])}` | {seconds:.3f} | {shown} | {memory:.0f} |", flush=True)
        before = seconds
    print()


def main():
    print("# What a sweep costs\n\nWhole processes, one run each, best of three, on two cores. Made by `benches/cost.py`.\n")
    deep = "mlp_deep"
    table("Linear in depth: each depth is ten times the one before",
          [(f"L={depth},N=64", deep, []) for depth in (100, 1_000, 10_000, 100_000)], "times the one before")
    table("The same for 8 leading exponents",
          [(f"L={depth},N=64", deep, ["--exponents", "8"]) for depth in (100, 1_000, 10_000)], "times the one before")
    table("Quadratic in width for the norm: each width is twice the one before, so 4 times the work",
          [(f"L=200,N={width}", deep, []) for width in (128, 256, 512, 1024)], "times the one before")
    table("Quadratic in width for 8 leading exponents",
          [(f"L=200,N={width}", deep, ["--exponents", "8"]) for width in (128, 256, 512, 1024)], "times the one before")
    table("Deep and narrow: weights of their own in every layer, drawn again on the way back",
          [("L=100000,N=8", deep, []), ("L=100000,N=128", deep, [])], "")
    table("A recurrence over 100 000 steps", [("T=100000,D=8,H=8,K=1", "rnn", []), ("T=100000,D=8,H=8", "lstm", [])], "")


if __name__ == "__main__":
    main()
