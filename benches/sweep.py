"""Sweeps of a deep tanh network by nablascope, numpy, torch and jax, on the same numbers, side by side.

    pip install numpy torch jax && python3 benches/sweep.py

Each has two threads and does the same work in its best formulation: forward with all states kept, then back; for spectra QR every
few layers: as few as keep the exponents within ACCURACY of those with a QR after each layer, which nablascope is held to as well.
What is not installed is left out, and said. Times are the best of five in each of three rounds, in milliseconds.
"""

import json
import os
import subprocess
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
os.environ.setdefault("MKL_NUM_THREADS", "2")
import numpy as np  # noqa: E402

MATRICES = 16
ROUNDS = 3
ACCURACY = 1e-10
# Name, width, depth, columns (0: only the gradient).
TASKS = [
    ("norms", 512, 1000, 0),
    ("8 exponents", 512, 1000, 8),
    ("spectrum 256", 256, 50, 256),
    ("spectrum 512", 512, 50, 512),
    ("norms, deep and narrow", 8, 100_000, 0),
]
# Layers between two QRs that are tried, the most first.
INTERVALS = [20, 15, 10, 8, 6, 5, 4, 3, 2]


def number(places):
    with np.errstate(over="ignore"):
        x = (places + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        x ^= x >> np.uint64(32)
        x *= np.uint64(0xD6E8FEB86659FD93)
        x ^= x >> np.uint64(32)
    return (x >> np.uint64(11)).astype(np.float64) / 2.0**53 - 0.5


def data(width):
    scale = (12 / width) ** 0.5 * 1.1
    w = scale * number(np.arange(MATRICES * width * width, dtype=np.uint64)).reshape(MATRICES, width, width)
    return w, number(np.uint64(1 << 40) + np.arange(width, dtype=np.uint64))


def best(work, times=5):
    seconds, result = [], None
    for _ in range(times):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), result


def apart(one, other):
    return float(np.max(np.abs(np.array(one) - np.array(other))))


def spectra_apart(one, other):
    """Exponents are told the largest first; the columns of a QR over few layers do not come in that order."""
    return apart(np.sort(one), np.sort(other))


def interval(w, h, depth, columns):
    """How many layers may lie between two QRs, and the exponents with a QR after each."""
    exact = with_numpy(w, h, depth, columns, 1, 1)[1]
    close = (every for every in INTERVALS if apart(with_numpy(w, h, depth, columns, every, 1)[1], exact) <= ACCURACY)
    return next(close, 1), exact


def with_numpy(w, h, depth, columns, every, times=5):
    def work():
        states = np.empty((depth + 1, len(h)))
        states[0] = h
        for l in range(1, depth + 1):
            states[l] = np.tanh(w[l % MATRICES] @ states[l - 1])
        if not columns:
            g, log, logs = np.ones(len(h)), 0.0, [0.5 * np.log(len(h))]
            for l in range(depth, 0, -1):
                g = (g * (1 - states[l] ** 2)) @ w[l % MATRICES]
                size = np.linalg.norm(g)
                g, log = g / size, log + np.log(size)
                logs.append(log)
            return [logs[-1], logs[depth // 2]]
        q, sums = np.eye(len(h))[:, :columns] if columns == len(h) else np.linalg.qr(np.random.default_rng(1).normal(size=(len(h), columns)))[0], 0
        for l in range(depth, 0, -1):
            q = w[l % MATRICES].T @ (q * (1 - states[l] ** 2)[:, None])
            if (depth - l + 1) % every == 0 or l == 1:
                q, r = np.linalg.qr(q)
                sums = sums + np.log(np.abs(np.diag(r)))
        return list(sums / depth)
    return best(work, times)


def with_torch(w, h, depth, columns, every):
    import torch
    torch.set_num_threads(2)
    w, h = torch.from_numpy(w), torch.from_numpy(h)

    def work():
        with torch.no_grad():
            states = torch.empty((depth + 1, len(h)), dtype=torch.float64)
            states[0] = h
            for l in range(1, depth + 1):
                torch.tanh(torch.mv(w[l % MATRICES], states[l - 1]), out=states[l])
            if not columns:
                g, log, logs = torch.ones(len(h), dtype=torch.float64), 0.0, [0.5 * np.log(len(h))]
                for l in range(depth, 0, -1):
                    g = torch.mv(w[l % MATRICES].T, g * (1 - states[l] ** 2))
                    size = float(torch.linalg.norm(g))
                    g, log = g / size, log + np.log(size)
                    logs.append(log)
                return [logs[-1], logs[depth // 2]]
            q = torch.eye(len(h), dtype=torch.float64)[:, :columns]
            sums = 0
            for l in range(depth, 0, -1):
                q = w[l % MATRICES].T @ (q * (1 - states[l] ** 2)[:, None])
                if (depth - l + 1) % every == 0 or l == 1:
                    q, r = torch.linalg.qr(q)
                    sums = sums + torch.log(torch.abs(torch.diagonal(r)))
            return (sums / depth).tolist()
    return best(work)


def with_jax(w, h, depth, columns, every):
    import jax
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    w, h = jnp.asarray(w), jnp.asarray(h)
    order = jnp.arange(1, depth + 1) % MATRICES

    @jax.jit
    def sweep(w, h):
        def forward(h, p):
            h = jnp.tanh(w[p] @ h)
            return h, h
        _, states = jax.lax.scan(forward, h, order)
        if not columns:
            def back(carry, step):
                g, log = carry
                p, h = step
                g = (g * (1 - h * h)) @ w[p]
                size = jnp.linalg.norm(g)
                return (g / size, log + jnp.log(size)), log + jnp.log(size)
            _, logs = jax.lax.scan(back, (jnp.ones(len(h)), 0.0), (order[::-1], states[::-1]))
            return logs
        def block(q, step):
            ps, hs = step
            for k in range(len(ps)):
                q = w[ps[k]].T @ (q * (1 - hs[k] ** 2)[:, None])
            q, r = jnp.linalg.qr(q)
            return q, jnp.log(jnp.abs(jnp.diagonal(r)))
        q, ps, hs, rest = jnp.eye(len(h))[:, :columns], order[::-1], states[::-1], depth % every
        q, first = block(q, (ps[:rest], hs[:rest])) if rest else (q, 0)
        blocks = depth // every
        _, logs = jax.lax.scan(block, q, (ps[rest:].reshape(blocks, every), hs[rest:].reshape(blocks, every, -1)))
        return (first + logs.sum(0)) / depth

    def work():
        return np.asarray(sweep(w, h))
    work()
    seconds, out = best(work)
    return seconds, [float(out[-1]), float(out[depth // 2 - 1])] if not columns else out.tolist()


def ours():
    """What each task costs nablascope, and its result."""
    command = ["cargo", "bench", "--locked", "--quiet", "--bench", "sweep"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line["task"]: line for line in map(json.loads, filter(lambda line: line.startswith("{"), lines))}


def main():
    print("building nablascope …", flush=True)
    ours()
    others, missing = {"numpy": with_numpy}, []
    for name, work in [("torch", with_torch), ("jax", with_jax)]:
        try:
            __import__(name)
            others[name] = work
        except ImportError:
            missing.append(name)
    if missing:
        print("not installed, left out:", ", ".join(missing))
    intervals = {name: interval(*data(width), depth, columns) if columns else (0, None) for name, width, depth, columns in TASKS}
    # In turn, so that what else the machine does at some moment falls on all alike.
    seconds, results = {}, {}
    for round in range(ROUNDS):
        print(f"round {round + 1} of {ROUNDS}", flush=True)
        own = ours()
        for name, width, depth, columns in TASKS:
            row = {"nablascope": (own[name]["seconds"], own[name]["result"])}
            row |= {tool: work(*data(width), depth, columns, intervals[name][0]) for tool, work in others.items()}
            for tool, (taken, result) in row.items():
                seconds.setdefault((name, tool), []).append(taken)
                results[name, tool] = result
    print(f"{'task':26}{'nablascope':>12}" + "".join(f"{name:>12}" for name in others) + "   QR every   ours off   theirs off")
    for name, width, _, columns in TASKS:
        every, exact = intervals[name]
        row = f"{name:26}" + "".join(f"{1e3 * min(seconds[name, tool]):12.1f}" for tool in ["nablascope", *others])
        # With fewer columns than entries everyone starts with others: the leading ones agree in the long run only.
        if columns in (0, width):
            exact = exact or results[name, "numpy"]
            far = spectra_apart if columns else apart
            theirs = max(far(results[name, tool], exact) for tool in others)
            off = f"{far(results[name, 'nablascope'], exact):11.1e}{theirs:13.1e}"
        else:
            off = f"{'–':>11}{'–':>13}"
        print(row + f"{every or '–':>11}" + off)


if __name__ == "__main__":
    main()
