"""Certified TV against scikit-image to the same energy excess, and the speed of an iteration: benches/results/tv.json.

python benches/tv/run.py ../shared/data/set12/08.png ../shared/data/set12/12.png
"""
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from alternate import REPEATS, ROOT, WARM_UPS, alternate, build, call, keep, machine

ours, peer = build("time_rof"), ROOT / "benches/tv/scikit.py"
repeats = WARM_UPS + REPEATS


def certified(picture, sigma, lam, folder):
    clean = np.asarray(Image.open(picture).convert("L"), dtype=np.float64) / 255
    noisy = clean + np.random.default_rng(0).standard_normal(clean.shape) * sigma / 255
    file = Path(folder) / f"{Path(picture).stem}_{sigma}.f32"
    noisy.astype("<f4").tofile(file)
    place = [file, *clean.shape, lam]
    least = call([ours, "minimum", *place], 1)["primal"]
    rows = []
    for gap in (1e-3, 1e-4):
        sides = {"ravine": [ours, "certified", *place, gap, 1, repeats]}
        for dtype in ("float64", "float32"):
            fewest = call([sys.executable, peer, *place, dtype, "search", gap, least], 1)["iterations"]
            sides[f"scikit-image {dtype}"] = [sys.executable, peer, *place, dtype, fewest, repeats]
        sides["scikit-image float32, its own stop"] = [sys.executable, peer, *place, "float32", 0, repeats]
        row = alternate(sides, 1, rounds=2)
        times = {side: row[side]["median"] / row["ravine"]["median"] for side in sides}
        rows.append({"picture": Path(picture).name, "sigma": sigma, "lambda": lam, "gap": gap, "least": least, **row, "times": times})
        print(Path(picture).name, sigma, gap, times)
    return rows


def iteration(size, threads):
    result = call([ours, "iteration", size, threads, repeats], threads)
    median = {k: statistics.median(v[WARM_UPS:]) for k, v in result.items() if isinstance(v, list)}
    one = median["sixteen_iterations"] / 16
    row = {"size": size, "threads": threads, **result, "iteration": one, "triads_of_a_plane": one / median["triad_plane"],
           "of_triad_bandwidth": (36 * size**2 / one) / (12e7 / median["triad_1e7"]), "gap_in_iterations": median["gap"] / one}
    print(size, threads, row["triads_of_a_plane"], row["of_triad_bandwidth"], row["gap_in_iterations"])
    return row


def beside_a_spinning_process():
    quiet = call([ours, "iteration", 512, 2, repeats], 1)["sixteen_iterations"]
    spinner = subprocess.Popen(["taskset", "-c", "0", sys.executable, "-c", "while True: pass"])
    try:
        busy = call([ours, "iteration", 512, 2, repeats], 1)["sixteen_iterations"]
    finally:
        spinner.kill()
    return {"quiet": quiet, "busy": busy, "ratio": statistics.mean(busy[WARM_UPS:]) / statistics.mean(quiet[WARM_UPS:])}


speed = [iteration(size, threads) for size in (512, 2048) for threads in (1, 2)]
pinned = beside_a_spinning_process()
print("beside a spinning process", pinned["ratio"])
with tempfile.TemporaryDirectory() as folder:
    rows = [r for p in sys.argv[1:] for s, lam in ((25, 12.75), (50, 5.667)) for r in certified(p, s, lam, folder)]
keep("tv", {"machine": machine("numpy", "scipy", "scikit-image"), "iterations": speed, "pinned": pinned, "certified": rows})
