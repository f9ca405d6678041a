"""Measure lecture_code beside other people's implementations and print tables and a JSON file.

Runs in the environment of requirements-peers.txt (`make bench` makes it). Both sides run in one
process, in turns, and the medians and their ratios count: times depend on the machine, ratios
less so. A ratio above 1 says how many times faster the book's code is.
"""

import json
import os
import platform
import resource
import sys
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lecture_code.adagrad import AdaGrad, SparseAdaGrad
from lecture_code.adam import Adam
from lecture_code.datasets import digits
from lecture_code.minibatch import train
from lecture_code.minimize import minimize
from lecture_code.momentum import Momentum
from lecture_code.objectives import Beale
from lecture_code.perceptron import Perceptron
from lecture_code.rmsprop import RMSprop
from lecture_code.sparse import LogisticRegression, SparseRows
from lecture_code.tuning import sensitivity
from scripts.tables import print_table

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "_build" / "bench_code.json"
LR = 0.01
METHODS = {
    "momentum": (Momentum(LR), lambda p: torch.optim.SGD(p, lr=LR, momentum=0.9)),
    "AdaGrad": (AdaGrad(LR), lambda p: torch.optim.Adagrad(p, lr=LR)),
    "RMSprop": (RMSprop(LR, beta=0.99), lambda p: torch.optim.RMSprop(p, lr=LR)),
    "Adam": (Adam(LR), lambda p: torch.optim.Adam(p, lr=LR)),
}


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def medians(calls, rounds):
    """The median seconds of each call, all taken in turns after a warm-up."""
    times = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(seconds(call))
    return {name: float(np.median(values)) for name, values in times.items()}


def threaded(call, threads):
    def run():
        torch.set_num_threads(threads)
        call()

    return run


def our_step(method, gradient, times):
    box = [np.zeros_like(gradient), method.init(np.zeros_like(gradient))]

    def run():
        for _ in range(times):
            box[:] = method.step(*box, gradient)

    return run


def torch_step(make, gradient, times):
    parameter = torch.zeros(len(gradient), dtype=torch.float64, requires_grad=True)
    parameter.grad = torch.tensor(gradient)
    optimizer = make([parameter])

    def run():
        for _ in range(times):
            optimizer.step()

    return run


def steps():
    """Microseconds of one dense step in float64."""
    cores = os.cpu_count()
    for size, times, rounds in ((1_000, 200, 15), (1_000_000, 1, 40)):
        gradient = np.random.default_rng(0).normal(size=size)
        for name, (ours, theirs) in METHODS.items():
            peer = torch_step(theirs, gradient, times)
            took = medians(
                {
                    "ours": our_step(ours, gradient, times),
                    "one thread": threaded(peer, 1),
                    "all": threaded(peer, cores),
                },
                rounds,
            )
            micro = {key: value / times * 1e6 for key, value in took.items()}
            yield {
                "step of": f"{name}, {size:,} parameters",
                "ours us": round(micro["ours"], 1),
                "torch, 1 thread us": round(micro["one thread"], 1),
                f"torch, {cores} threads us": round(micro["all"], 1),
                "ratio, 1 thread": round(micro["one thread"] / micro["ours"], 2),
                f"ratio, {cores} threads": round(micro["all"] / micro["ours"], 2),
            }


def maps():
    """Seconds of a map of 100 x 100 runs of 500 steps on Beale, and of a loop over its runs."""
    lr, decay = np.geomspace(1e-5, 1e-1, 100), 1 - np.geomspace(1e-3, 1, 100)
    rates, decays = (axis.reshape(-1, 1) for axis in np.meshgrid(lr, decay, indexing="ij"))
    rng = np.random.default_rng(1)
    for name, make in (
        ("momentum", lambda lr, decay: Momentum(lr, gamma=decay)),
        ("RMSprop", lambda lr, decay: RMSprop(lr, beta=decay)),
        ("Adam", lambda lr, decay: Adam(lr, beta1=decay)),
    ):
        whole = medians(
            {"map": lambda make=make: sensitivity(Beale(), make(rates, decays), (1, 1.5), 500)}, 5
        )["map"]
        some = rng.choice(len(rates), 20, replace=False)

        def loop(make=make, some=some):
            for run in some:
                method = make(float(rates[run, 0]), float(decays[run, 0]))
                minimize(Beale(), method, (1.0, 1.5), 500, on_divergence="record")

        one_by_one = seconds(loop) / len(some) * len(rates)
        yield {
            "map of 10,000 runs": name,
            "ours s": round(whole, 3),
            "loop s, from 20 runs": round(one_by_one, 1),
            "ratio": round(one_by_one / whole),
        }


def sparse_problem(columns, examples, rng, active=50):
    """Rows of `active` features whose popularity is log-uniform, and their labels."""
    drawn = np.exp(rng.uniform(0, np.log(columns), (examples, active))).astype(np.int64)
    rows = [np.unique(row) for row in np.minimum(drawn - 1, columns - 1)]
    indptr = np.cumsum([0, *map(len, rows)])
    return SparseRows(indptr, np.concatenate(rows), columns), rng.integers(0, 2, examples)


def sparse_steps():
    """Examples a second of lazy AdaGrad on a sparse logistic regression, batch 256, float32."""
    batch, count = 256, 8
    for columns in (100_000, 1_000_000, 10_000_000):
        rows, labels = sparse_problem(columns, batch * count, np.random.default_rng(2))
        parts = [slice(k * batch, (k + 1) * batch) for k in range(count)]
        batches = [(rows[part], labels[part]) for part in parts]
        model, method = LogisticRegression(), SparseAdaGrad(0.1)
        weights = model.init(columns)
        state = method.init(weights)

        def ours(model=model, method=method, weights=weights, state=state, batches=batches):
            for part, truth in batches:
                index, gradient = model.sparse_gradient(weights, part, truth)
                method.step(weights, state, index, gradient)

        table = torch.zeros((columns, 1), requires_grad=True)
        peer = torch.optim.Adagrad([table], lr=0.1)
        tensors = [
            (torch.tensor(part.indices), torch.tensor(part.indptr[:-1]), torch.tensor(truth))
            for part, truth in batches
        ]

        def theirs(table=table, peer=peer, tensors=tensors):
            for index, offsets, truth in tensors:
                peer.zero_grad()
                scores = functional.embedding_bag(
                    index, table, offsets, mode="sum", sparse=True
                ).squeeze(1)
                functional.binary_cross_entropy_with_logits(scores, truth.float()).backward()
                peer.step()

        took = medians({"ours": ours, "torch": threaded(theirs, 1)}, 7)
        speed = {key: batch * count / value for key, value in took.items()}
        yield {
            "lazy AdaGrad, features": f"{columns:,}",
            "ours examples/s": round(speed["ours"]),
            "torch examples/s": round(speed["torch"]),
            "ratio": round(speed["ours"] / speed["torch"], 1),
            "peak, arrays of parameters": sparse_memory(model, method, batches),
        }


def sparse_memory(model, method, batches):
    """The peak memory of training from nothing, in arrays of the size of the parameters."""
    tracemalloc.start()
    weights = model.init(batches[0][0].columns)
    state = method.init(weights)
    for part, truth in batches:
        method.step(weights, state, *model.sparse_gradient(weights, part, truth))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / weights.nbytes, 1)


def networks():
    """Seconds of 20 epochs of batch 32 on the digits, the same network and data."""
    data = digits().split(rng=[1, 1]).train
    X, y = np.ascontiguousarray(data.inputs), data.labels
    net = Perceptron((64, 32, 10))
    theta0 = net.init(0)

    def ours():
        train(net, X, y, Adam(0.01), rng=1, theta0=theta0, epochs=20, batch=32)

    inputs, labels = torch.tensor(X), torch.tensor(y)

    def theirs():
        model = torch.nn.Sequential(
            torch.nn.Linear(64, 32), torch.nn.Tanh(), torch.nn.Linear(32, 10)
        ).double()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        rng = np.random.default_rng(1)
        for _ in range(20):
            order = torch.tensor(rng.permutation(len(X)))
            for start in range(0, len(X), 32):
                part = order[start : start + 32]
                optimizer.zero_grad()
                functional.cross_entropy(model(inputs[part]), labels[part]).backward()
                optimizer.step()

    took = medians({"ours": ours, "torch": threaded(theirs, 1)}, 5)
    yield {
        "20 epochs on the digits": "64-32-10, Adam, batch 32, float64",
        "ours s": round(took["ours"], 3),
        "torch, 1 thread s": round(took["torch"], 3),
        "ratio": round(took["torch"] / took["ours"], 2),
    }


def main():
    warnings.filterwarnings("ignore", "Sparse invariant checks")
    tables = {}
    for measure in (steps, maps, sparse_steps, networks):
        print(measure.__doc__.splitlines()[0])
        tables[measure.__name__] = list(measure())
        print_table(tables[measure.__name__])
    about = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "cores": os.cpu_count(),
        "peak memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"about": about, **tables}, indent=1) + "\n")


if __name__ == "__main__":
    main()
