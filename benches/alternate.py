"""What every driver here needs: programs run in turns, each time in a fresh process, and what they ran on."""
import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benches" / "results"
WARM_UPS, REPEATS = 3, 9


def call(command, threads):
    """The JSON that `command` prints, with so many threads and no settings of a linear algebra library that the machine may have."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    environment |= {k: str(threads) for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")}
    pin = ["taskset", "-c", "0"] if threads == 1 else []
    return json.loads(subprocess.run(pin + [str(c) for c in command], env=environment, check=True, capture_output=True).stdout)


def build(example):
    subprocess.run(["cargo", "build", "--release", "-q", "-p", "ravine-image", "--example", example], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "examples" / example


def alternate(sides, threads, rounds=3):
    """{side: command} → {side: {command, medians (one a process), median, last output}}, the sides taking turns."""
    medians, last = {side: [] for side in sides}, {}
    for _ in range(rounds):
        for side, command in sides.items():
            last[side] = call(command, threads)
            medians[side].append(statistics.median(last[side]["seconds"][WARM_UPS:]))
    return {
        side: {"command": " ".join(map(str, command)).replace(str(ROOT), "."), "medians": medians[side],
               "median": statistics.median(medians[side]), "last": last[side]}
        for side, command in sides.items()
    }


def machine(*packages):
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return {"cpu": model, "cpus": os.cpu_count(), "load": os.getloadavg(), "python": platform.python_version(), "rustc": rustc,
            "commit": commit, "packages": {p: version(p) for p in packages}}


def keep(name, result):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    print(RESULTS / f"{name}.json", file=sys.stderr)
