"""The closed form against two scipy.fft.dctn, float32, planning included: benches/results/exact.json.

python benches/exact/run.py
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from alternate import REPEATS, ROOT, WARM_UPS, alternate, build, keep, machine

ours, peer = build("time_exact"), ROOT / "benches/exact/scipy_dctn.py"
rows = []
for size in (512, 2048):
    for threads in (1, 2):
        arguments = [size, threads, WARM_UPS + REPEATS]
        row = alternate({"ravine": [ours, *arguments], "scipy": [sys.executable, peer, *arguments]}, threads)
        rows.append({"size": size, "threads": threads, **row, "ratio": row["ravine"]["median"] / row["scipy"]["median"]})
        print(size, threads, "ratio", rows[-1]["ratio"])
keep("exact", {"machine": machine("numpy", "scipy"), "rows": rows})
