"""Race every method on every task and store the losses in lecture_code/data/comparison.npz.

    make comparison

About half an hour on two cores. On one machine it writes the same bytes each time; another NumPy or
processor can differ in the last digits of a loss, and more where a run is about to diverge.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np

from lecture_code.comparison import METHODS, SEEDS, TASKS, race

DATA = Path(__file__).parents[1] / "lecture_code" / "data" / "comparison.npz"


def main():
    jobs = list(product(TASKS, METHODS, range(SEEDS)))
    losses = {task: [] for task in TASKS}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, (job, result) in enumerate(
            zip(jobs, pool.map(race, *zip(*jobs, strict=True)), strict=True), 1
        ):
            losses[job[0]].append(result)
            print(
                f"\r{done} of {len(jobs)}: {job[0]}, {job[1]}, seed {job[2]}      ",
                end="",
                flush=True,
            )
    shape = (len(METHODS), SEEDS)
    tables = {
        task: np.swapaxes(np.reshape(rows, (*shape, *np.shape(rows[0]))), 1, 2).astype(np.float32)
        for task, rows in losses.items()
    }
    # NumPy writes every member of an .npz with the date 1980-01-01, so the bytes do not change.
    np.savez_compressed(DATA, **tables)
    print(f"\n{DATA.name}: {DATA.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
