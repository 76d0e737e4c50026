#!/usr/bin/env python3
"""Runs the code of lessons with PyTorch on what their pages read, and compares it with what the pages computed.

Usage: tools/torch_codes.py GLASSBOX [TOPIC...], the built program and pages, all by default.
Needs torch 2.15 and NumPy 2.4; no build and no test needs either.

Lines `x = torch.rand(...)` of a code are given the numbers that the page exports of its figures; then the code's own
names are compared with other figures of the page, at the start and under two presets. Ends with 1 where the largest
difference is above 1e-4 of the largest number. One page draws no inputs that could be exported whole: of
attention-mechanisms the softmax of one query is compared.
"""

import csv
import io
import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch

LIMIT = 1e-4


class Page:
    """A page under a preset: its code and the numbers of its figures."""

    def __init__(self, program, topic, preset):
        self.program, self.topic = program, topic
        self.how = ["--preset", preset] if preset else []
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.code = self.run("lesson", topic, "--code", *self.how)
        report = json.loads(self.run("render", topic, "-o", str(self.folder / "a.png"), "--json", *self.how))
        self.figures, self.knobs, self.lesson = report["figures"], report["knobs"], report["lesson"]

    def run(self, *args):
        return subprocess.run([self.program, *args], check=True, capture_output=True, text=True).stdout

    def export(self, figure, kind):
        file = self.folder / f"figure.{kind}"
        self.run("render", self.topic, "-o", str(file), "--figure", figure, *self.how)
        return file

    def figure(self, title):
        """The numbers of the first figure whose title begins so."""
        found = next(name for name in self.figures if name.startswith(title))
        return torch.from_numpy(np.load(self.export(found, "npy"))).double()

    def column(self, title):
        """The last column of a table."""
        rows = list(csv.reader(open(self.export(title, "csv"))))[1:]
        return torch.tensor([float(row[-1]) for row in rows], dtype=torch.double)

    def weights(self):
        """Those of the cell that is worked out, side by side."""
        return self.figure("One cell")[:, 1]

    def square(self):
        weights = self.weights()
        side = round(len(weights) ** 0.5)
        return weights.view(1, 1, side, side)


def picture(tensor):
    return tensor.view(1, -1, *tensor.shape[-2:])


def row(tensor):
    """A sequence [1, C, T]: a waveform is exported as one column."""
    return (tensor.T if tensor.shape[-1] == 1 else tensor).reshape(-1, max(tensor.shape))[None]


def stride(page):
    x, w = picture(page.figure("Input")), page.square()
    channels = x.shape[1]
    # A zone plate is computed by the code itself, blurred there where the page blurs it.
    given = {"w": w.expand(1, channels, -1, -1) / channels}
    return given | ({} if page.knobs["image"] == "zone plate" else {"x": x}), [("y", "Output")]


def zero_padding(page):
    size, padding = page.knobs["size"], page.knobs["padding"]
    last = [name for name in page.figures if name.startswith("After")][-1]
    pad = padding or (size - 1) // 2
    compare = [("maps[-1]", last), ("reads(0)", "Reads, no padding"), (f"reads({pad})", f"Reads, padding {pad}")]
    return {"x": picture(page.figure("Input"))}, compare


def sharing(page):
    return (
        {"x": picture(page.figure("Input")), "w": page.square()},
        [("y[:, :1]", "Output"), ("T", "The layer as a matrix"), ("layer(moved)", "its map")],
    )


def sequences(page):
    x = row(page.figure(page.figures[0]))
    if page.knobs["slides"] == "along both axes" and page.knobs["signal"] != "waveform":
        return {"x": x}, [("along_both(x)", "Output")]
    line = page.weights().view(1, x.shape[1], -1)
    return {"x": x, "line": line}, [("y", "Output"), ("twin", "1 × ")]


def positions(page):
    if page.knobs["kind"] == "sinusoidal":
        return {}, [("sinusoids()", "Encoding")]
    if page.knobs["kind"] == "RoPE":
        angle = "torch.arange(640.)[:, None] * rates(d // heads)"
        return {}, [(f"(lambda a: torch.stack([a.sin(), a.cos()], -1).flatten(1))({angle})", "Turns of q and k")]
    return {}, []


def plain(page):
    return {"x": picture(page.figure("Input")), "w": page.square()}, [("y", "Output")]


def own_filter(page):
    return {"x": picture(page.figure("Input"))}, [("y", "Output")]


def three(page):
    given = {"x": picture(page.figure("Input")).requires_grad_(), "w": page.square()}
    return given, [("valid", "Output"), ("same", "Output 2"), ("full", "Output 3")]


def any_side(page):
    layer = "layer(x, given['w'], stride=stride, padding=padding)"
    return {"x": picture(page.figure("Input")), "w": page.square()}, [(layer, "Output")]


def softmax(page):
    """The weights of one query, from its scaled scores."""
    rows = list(csv.DictReader(open(page.export("Scores and weights of one query", "csv"))))
    scores, weights = list(rows[0])[-2:]
    finite = [r for r in rows if "inf" not in r[scores]]
    given = {"scored": torch.tensor([float(r[scores]) for r in finite], dtype=torch.double)}
    page.exported = {"softmax": torch.tensor([float(r[weights]) for r in finite], dtype=torch.double)}
    return given, [("given['scored'].softmax(-1)", "softmax")]


def first_channel(page):
    """The first output channel by its own weights, which the page shows of one input: those that fit it best."""
    x, want = picture(page.figure("red")), picture(page.figure("Output 1"))[0, 0].flatten()

    def with_kernel(layer):
        weights = layer.weight.data
        columns = []
        for i in range(weights[0].numel()):
            weights.zero_()
            weights[0].view(-1)[i] = 1
            columns.append(layer(x)[0, 0].flatten().detach())
        weights[0] = torch.linalg.lstsq(torch.stack(columns, 1), want).solution.view_as(weights[0])
        return layer

    return {"x": x, "with_kernel": with_kernel}, [("given['with_kernel'](layer)(x)[:, :1]", "Output 1")]


def pooled(page):
    types = [("average", "Average"), ("lp", "L"), ("minimum", "Min"), ("adaptive", "Adaptive")]
    whole = [("global_max", "All: max"), ("global_average", "All: mean")]
    return {"x": picture(page.figure(page.figures[0]))}, [("maximum", "Max pooling"), *types, *whole]


def pooling(page):
    return {"x": picture(page.figure(page.figures[0]))}, [("y", page.figures[1])]


def flattened(page):
    # Tables of places and numbers.
    page.exported = {name: page.figure(name)[:, 1] for name in ["Flattened", "Global average"]}
    return {"maps": picture(page.figure("Map 0"))}, [("strip", "Flattened"), ("means", "Global average")]


def shares(page):
    page.exported = {name: page.column(name) for name in ["Softmax", "Sigmoid"]}
    return {}, [("softmax", "Softmax"), ("sigmoid", "Sigmoid")]


def labels(page):
    given = {"logits": page.figure("Logits").requires_grad_(), "index": page.figure("Labels as indices").long().flatten()}
    return given, [("vectors", "Labels as vectors"), ("gradient", "Gradient")]


def runs(_):
    """Made of random numbers: its own assertions hold."""
    return {}, []


CHECKS = {
    "attention-mechanisms": (softmax, ["Only nearby", "Spread again"]),
    "positional-encoding": (positions, ["Sinusoids", "No end"]),
    "convolution-types": (first_channel, ["Own channel", "Wider, and whole"]),
    "output-size": (plain, ["Wide and low", "Taps apart"]),
    "twelve-by-twelve": (own_filter, ["Stays at twelve", "Side by side"]),
    "valid-vs-same": (three, ["Half, rounded up", "Wide apart"]),
    "zero-padding": (zero_padding, ["The size stays", "Mirrored at the border"]),
    "stride": (stride, ["Pixels skipped", "Blur first"]),
    "does-size-always-reduce": (any_side, ["Smaller", "Every second place"]),
    "one-d-vs-two-d": (sequences, ["Spectrogram", "Words"]),
    "parameter-sharing": (sharing, ["Wider window", "Tied again"]),
    "why-pooling": (runs, ["Smoothest map", "Jumping cells"]),
    "pooling-types": (pooled, ["Nearly the maximum", "Noise calmed"]),
    "pooling-hyperparameters": (pooling, ["Over the edge", "One cell in 16"]),
    "flatten": (flattened, ["Channels last", "Counted cells"]),
    "fully-connected": (runs, ["Edit a feature", "Feature as it was"]),
    "feature-learning-vs-classification": (runs, ["Classes", "Trained weights"]),
    "three-conv-layers": (runs, ["A long vector", "Room again"]),
    "relu-in-cnn": (runs, ["Two are one", "Smooth"]),
    "backpropagation": (runs, ["Two paths", "ReLU, small weights"]),
    "loss-functions": (runs, ["Stalled", "It learns"]),
    "zero-init": (runs, ["Nothing moves", "All different"]),
    "random-init": (runs, ["Half gets lost", "Tanh and Xavier"]),
    "vanishing-gradients": (runs, ["Five layers", "Tanh or ReLU"]),
    "residual-learning": (runs, ["Skip 6 cut", "Eight layers"]),
    "exploding-gradients": (runs, ["Fifty layers", "Recurrent, 0.8"]),
    "sigmoid-vs-softmax": (shares, ["Two classes", "All lifted by 3"]),
    "choosing-architecture": (runs, ["50 pictures", "Wider"]),
    "layers-and-neurons": (runs, ["Sharp edges", "Enough units"]),
    "batchnorm-vs-dropout": (runs, ["Dropout first", "A batch of 2"]),
    "transfer-learning": (runs, ["3 examples", "Stripes, locked", "Your pictures"]),
    "dimensionality-reduction": (runs, ["No bend", "Eight numbers"]),
    "cross-entropy-labels": (labels, ["Many classes", "Soft as vectors"]),
}


def filled(code, given):
    """The code with what it draws at random given instead."""
    for name in given:
        code = re.sub(rf"^( *){name} = (?:torch\.rand|\(channels|\(spread).*$", rf"\1{name} = given['{name}']", code, flags=re.M)
    return code


def difference(page, check):
    """The largest difference from the page, as a share of the largest number, and of what."""
    given, compare = check(page)
    names = {"given": given}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(filled(page.code, given), names)
    found = []
    for expression, title in compare:
        have = eval(expression, names).detach().double()
        want = getattr(page, "exported", {}).get(title)
        want = page.figure(title) if want is None else want
        if title in ("Encoding", "Turns of q and k"):
            have, want = have[: len(want)], want[: len(have)]
        if want.numel() > have.numel():
            want = picture(want)[:, : have.shape[1]]
        assert have.numel() == want.numel(), f"{expression} {tuple(have.shape)}, {title} {tuple(want.shape)}"
        largest = max(want.abs().max().item(), 1e-30)
        found.append(((have.flatten() - want.flatten()).abs().max().item() / largest, expression))
    return max(found, default=(None, "runs, with its own assertions"))


def main(program, *topics):
    torch.set_default_dtype(torch.double)
    torch.manual_seed(0)
    failed = False
    for topic in topics or CHECKS:
        check, presets = CHECKS[topic]
        for preset in ["", *presets]:
            try:
                share, of = difference(Page(program, topic, preset), check)
                wrong = share is not None and not share <= LIMIT
            except Exception as error:
                share, of, wrong = None, f"{type(error).__name__}: {error}", True
            failed |= wrong
            said = "-" if share is None else f"{share:.1e}"
            print(f"| {topic} | {preset or 'as it begins'} | {said} | {of} |{' WRONG' if wrong else ''}", flush=True)
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
