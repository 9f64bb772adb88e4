"""Writes saturation.json: values, slopes and gradients where activations saturate, correct to the last digit of a float.

    pip install mpmath && python3 saturation.py > saturation.json

Everything is computed with 800 digits: 1 - tanh(700)^2 is about 1e-608, so that even formulas that cancel keep more than
150 digits. Inputs are floats, taken exactly; results are rounded to floats once, at the end.
Gradients come from recurrences unrolled in time and differentiated by a plain reverse pass over a tape.
"""

import json
import random

from mpmath import erf, exp, log, mp, mpf, pi, sqrt, tanh

mp.dps = 800


# ---- functions of one argument ----

def sigmoid(a):
    return 1 / (1 + exp(-a))


FUNCTIONS = {
    "exp": (exp, exp),
    "log": (log, lambda a: 1 / a),
    "sqrt": (sqrt, lambda a: 1 / (2 * sqrt(a))),
    "tanh": (tanh, lambda a: 1 - tanh(a) ** 2),
    "sigmoid": (sigmoid, lambda a: sigmoid(a) * (1 - sigmoid(a))),
    "softplus": (lambda a: log(1 + exp(a)), sigmoid),
    "erf": (erf, lambda a: 2 / sqrt(pi) * exp(-a * a)),
}
SIZES = [1e-300, 1e-8, 0.1, 0.3, 0.5, 0.9, 1.0, 2.0, 5.0, 9.7, 15.0, 18.9, 19.1, 20.0, 25.9, 36.0, 37.1, 50.0, 100.0,
         299.9, 350.0, 372.3, 690.1, 700.0, 709.0, 740.0, 800.0]


def kernels():
    rows = []
    for name, (value, slope) in FUNCTIONS.items():
        for size in SIZES:
            for a in (size, -size):
                if name in ("log", "sqrt") and a < 0 or name == "exp" and a > 709:
                    continue
                rows.append({"name": name, "a": a, "value": float(value(mpf(a))), "slope": float(slope(mpf(a)))})
    return rows


# ---- a tape ----

class Number:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = mpf(value), parents, mpf(0)

    def __add__(self, other):
        return Number(self.value + other.value, ((self, mpf(1)), (other, mpf(1))))

    def __mul__(self, other):
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))

    def one_minus(self):
        return Number(1 - self.value, ((self, mpf(-1)),))

    def apply(self, name):
        value, slope = FUNCTIONS[name]
        return Number(value(self.value), ((self, slope(self.value)),))


def backward(seeds):
    order, seen = [], set()

    def visit(root):
        stack = [(root, False)]
        while stack:
            node, done = stack.pop()
            if done:
                order.append(node)
            elif id(node) not in seen:
                seen.add(id(node))
                stack.append((node, True))
                stack.extend((parent, False) for parent, _ in node.parents)

    for node, seed in seeds:
        node.grad += mpf(seed)
        visit(node)
    for node in reversed(order):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad


# ---- vectors ----

def add(*vectors):
    total = vectors[0]
    for vector in vectors[1:]:
        total = [a + b for a, b in zip(total, vector)]
    return total


def times(u, v):
    return [a * b for a, b in zip(u, v)]


def product(matrix, vector):
    rows = []
    for row in matrix:
        total = row[0] * vector[0]
        for a, b in zip(row[1:], vector[1:]):
            total = total + a * b
        rows.append(total)
    return rows


def apply(name, u):
    return [a.apply(name) for a in u]


# ---- networks ----

def lstm(p):
    h, c, hs, cs = p["h0"], p["c0"], [], []
    for x in p["X"]:
        a = {k: add(product(p["W" + k], x), product(p["U" + k], h), p["b" + k]) for k in "fiog"}
        f, i, o, g = apply("sigmoid", a["f"]), apply("sigmoid", a["i"]), apply("sigmoid", a["o"]), apply("tanh", a["g"])
        c = add(times(f, c), times(i, g))
        h = times(o, apply("tanh", c))
        hs.append(h), cs.append(c)
    return {"h": hs, "c": cs}


def gru_before(p):
    h, hs = p["h0"], []
    for x in p["X"]:
        r = apply("sigmoid", add(product(p["Wr"], x), product(p["Ur"], h), p["br"]))
        z = apply("sigmoid", add(product(p["Wz"], x), product(p["Uz"], h), p["bz"]))
        n = apply("tanh", add(product(p["Wn"], x), product(p["Un"], times(r, h)), p["bn"]))
        h = add(times(z, h), times([a.one_minus() for a in z], n))
        hs.append(h)
    return {"h": hs}


def rnn(p):
    h, hs, ys = p["h0"], [], []
    for x in p["X"]:
        h = apply("tanh", add(product(p["W"], x), product(p["U"], h), p["b"]))
        hs.append(h), ys.append(add(product(p["V"], h), p["c"]))
    return {"h": hs, "y": ys}


def recurrence(p):
    """Without bias; the unit tests of the judge have its backward lines by hand."""
    h, hs = p["h0"], []
    for x in p["X"]:
        h = apply("tanh", add(product(p["W"], x), product(p["U"], h)))
        hs.append(h)
    return {"h": hs}


# ---- cases ----

D, H, T, K = 2, 3, 4, 2
DRAW = random.Random(2026)


def draw(*dims):
    if not dims:
        return round(DRAW.choice([-1, 1]) * DRAW.uniform(0.2, 1.2), 3)
    return [draw(*dims[1:]) for _ in range(dims[0])]


def scaled(array, factor):
    return [scaled(row, factor) for row in array] if isinstance(array, list) else array * factor


def each(array, change):
    return [each(entry, change) for entry in array] if isinstance(array, list) else change(array)


def zip_each(left, right):
    if isinstance(left, list):
        for a, b in zip(left, right):
            yield from zip_each(a, b)
    else:
        yield left, right


def case(name, network, function, inputs):
    params = {key: each(array, Number) for key, array in inputs.items()}
    outputs = function(params)
    upstream = {key: each(array, lambda _: draw()) for key, array in outputs.items()}
    backward([pair for key in outputs for pair in zip_each(outputs[key], upstream[key])])
    return {
        "name": name,
        "network": network,
        "inputs": inputs,
        "upstream": upstream,
        "outputs": {key: each(array, lambda entry: float(entry.value)) for key, array in outputs.items()},
        "grads": {key: each(array, lambda entry: float(entry.grad)) for key, array in params.items()},
    }


def gates(letters, biases, extra=()):
    """Biases put the pre-activations of each gate where `biases` says, unit by unit."""
    inputs = {"X": draw(T, D), "h0": draw(H)}
    inputs.update({key: draw(H) for key in extra})
    for k in letters:
        inputs["W" + k], inputs["U" + k] = draw(H, D), scaled(draw(H, H), 0.5)
        inputs["b" + k] = biases[k]
    return inputs


def cases():
    cell = {"f": [20.0, -21.0, 0.3], "i": [0.2, 38.0, -37.5], "o": [-40.0, 0.1, 25.0], "g": [0.4, -0.3, 19.5]}
    deep = {"f": [700.0, -699.0, 1.5], "i": [-650.0, 0.5, 698.0], "o": [0.5, 690.0, -695.0], "g": [-1.0, 330.0, 0.2]}
    whole = {"f": [699.0, 690.0, -680.0], "i": [-699.5, 685.0, 670.0], "o": [660.0, -670.0, 697.0], "g": [350.0, -340.0, 345.0]}
    yield case("lstm_20_to_40", "lstm", lstm, gates("fiog", cell, ["c0"]))
    yield case("lstm_up_to_700", "lstm", lstm, gates("fiog", deep, ["c0"]))
    yield case("lstm_all_beyond_340", "lstm", lstm, gates("fiog", whole, ["c0"]))
    reset = {"r": [36.0, -0.4, -39.0], "z": [22.0, -21.0, 0.5], "n": [0.3, 20.5, -1.0]}
    deep = {"r": [690.0, -650.0, 0.2], "z": [-0.5, 700.0, -699.0], "n": [345.0, -0.2, 0.7]}
    yield case("gru_20_to_40", "gru_before", gru_before, gates("rzn", reset))
    yield case("gru_up_to_700", "gru_before", gru_before, gates("rzn", deep))
    for name, bias in (("rnn_20", [20.0, -19.5, 0.2]), ("rnn_340", [340.0, -350.0, 345.0])):
        inputs = gates([""], {"": bias})
        yield case(name, "rnn", rnn, inputs | {"V": draw(K, H), "c": draw(K)})
    for name, factor in (("recurrence_20", 25.0), ("recurrence_300", 300.0)):
        inputs = {"x": draw(T, D), "h0": draw(H), "W": scaled(draw(H, D), factor), "U": draw(H, H)}
        renamed = lambda p: recurrence(p | {"X": p["x"]})
        yield case(name, "recurrence", renamed, inputs)


print(json.dumps({"recipe": "python3 saturation.py", "kernels": kernels(), "cases": list(cases())}, indent=None, separators=(", ", ": ")))
