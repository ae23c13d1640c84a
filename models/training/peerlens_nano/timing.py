"""Times models natively beside each other: rounds interleaved, medians, ratio to the first one.

Other work on the machine slows all of them alike within a round, so look at the ratio first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np

from .detector import Detector, find_file, read_entry
from .evaluate import with_file

WARM_UP_RUNS = 3


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", help="ids in models/manifest.json; ratios are to the first")
    parser.add_argument("--file", action="append", default=[], help="WxH=FILE.onnx: one of ours")
    parser.add_argument("--models", type=Path, action="append", default=[], help="folder of model files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", type=Path, help="write all samples there")
    options = parser.parse_args()
    jobs = []
    for name in options.names:
        entry = read_entry(name)
        jobs.append((name, entry, find_file(entry, options.models)))
    for file in options.file:
        size, path = file.split("=", 1)
        jobs.append((path, with_file(read_entry("peerlens-nano"), Path(path), size), Path(path)))
    runs = []
    for name, entry, path in jobs:
        detector = Detector(path, entry, options.threads)
        shape = 1, 3, entry["input"]["heightPx"], entry["input"]["widthPx"]
        feed = {entry["input"]["name"]: np.random.default_rng(1).random(shape, np.float32)}
        for _ in range(WARM_UP_RUNS):
            detector.session.run(None, feed)
        runs.append((name, detector.session, feed))
    samples: dict[str, list[float]] = {name: [] for name, _, _ in runs}
    for _ in range(options.rounds):
        for name, session, feed in runs:
            began = time.perf_counter()
            session.run(None, feed)
            samples[name].append((time.perf_counter() - began) * 1000)
    first = samples[runs[0][0]]
    print("| model | ms, median | ms, least | times the first (median of rounds) |\n|---|---|---|---|")
    for name, ms in samples.items():
        ratio = statistics.median(a / b for a, b in zip(ms, first, strict=True))
        print(f"| {name} | {statistics.median(ms):.2f} | {min(ms):.2f} | {ratio:.2f} |")
    if options.json:
        report = {"threads": options.threads, "rounds": options.rounds, "samples_ms": samples}
        options.json.write_text(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
