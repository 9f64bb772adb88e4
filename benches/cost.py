"""What a sweep costs: seconds and peak memory of the whole process, over depth and width. Prints what stands in docs/cost.md.

    cargo build --release --locked && python3 benches/cost.py > docs/cost.md
"""

import os
import subprocess
import sys
import time

PROGRAM = "target/release/nablascope"


def run(net, sets, *more):
    """The better of two: seconds, and the most memory in MiB."""
    words = [PROGRAM, "sweep", net, "--seeds", "1", "--format", "csv", "--out", os.devnull, "--set", sets, *more]
    seconds, memory = [], []
    for _ in range(2):
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
    print("# What a sweep costs\n\nWhole processes, one run each, the better of two, on two cores. Made by `benches/cost.py`.\n")
    rnn = "rnn"
    table("Linear in depth: each depth is ten times the one before",
          [(f"T={depth},H=64,D=8,K=1", rnn, []) for depth in (1_000, 10_000, 100_000)], "times the one before")
    table("The same for 8 leading exponents",
          [(f"T={depth},H=64,D=8,K=1", rnn, ["--exponents", "8"]) for depth in (1_000, 10_000)], "times the one before")
    table("Quadratic in width: each width is twice the one before, so 4 times the work",
          [(f"T=2000,H={width},D=8,K=1", rnn, []) for width in (256, 512, 1024, 2048)], "times the one before")
    table("The same for 8 leading exponents",
          [(f"T=1000,H={width},D=8,K=1", rnn, ["--exponents", "8"]) for width in (256, 512, 1024)], "times the one before")
    table("Weights of their own in 100 000 layers, drawn again on the way back, with theory beside them",
          [("L=100000,N=8", "mlp_deep", []), ("L=100000,N=128", "mlp_deep", [])], "")


if __name__ == "__main__":
    main()
