"""Training steps and inference of networks: Ravine and PyTorch (channels_last) take turns on the same processor, with as many threads.

    python3 benches/networks/run.py [--rounds 6] [--python PYTHON_WITH_TORCH] [--only NAME,NAME] [--name NAME]

from the root of the project; needs a Python that has torch. A turn is a few steps; the table shows the median over the rounds of the
least time of a turn. The last table is what a single convolution of 2 x 40 x 40 pixels reaches at each instruction level, in 10^9
operations of the definition a second: forward, adjoint in the input, adjoint in the weights. Raw times, commands and versions go to
benches/results/NAME.json.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from alternate import ROOT, keep, machine  # noqa: E402
from steps.run import Side  # noqa: E402



def chain(depth):
    return ["dncnn", f"depth={depth}", "width=64", "batch_norm=false"]


# work, channels, side, batch; the network; the bar of the speed over PyTorch's. U is the network that `ravine train` takes by default.
WORKLOADS = {
    "T": ("train", 1, 40, 16, chain(8), 2.3),
    "I": ("infer", 1, 256, 1, chain(17), 2.4),
    "U": ("train", 1, 64, 16, ["unet", "width=32", "growth=1.5", "scales=3", "blocks=2"], 2.0),
}
KERNELS = ["16x16", "32x32", "48x48", "64x64", "96x96", "128x128", "1x64", "64x1", "3x64", "64x3", "12x64", "64x12", "1:64x64", "1:256x64"]
LEVELS = ["avx512", "avx2", "baseline"]
STARTS = 2


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument("--python", default=sys.executable)
    arguments.add_argument("--name", default="networks", help="of the file of results")
    arguments.add_argument("--only", default=",".join(WORKLOADS), help="which workloads, such as T,I")
    asked = arguments.parse_args()
    os.chdir(ROOT)
    subprocess.run(["cargo", "build", "--release", "-q", "-p", "ravine-net", "--examples"], check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target") + "/release/examples/"
    runs = [measure(asked, target, name, threads) for name in asked.only.split(",") for threads in (1, 2)]
    result = {"what": "seconds a step; a turn is several steps, turns alternate", **machine(), "rounds": asked.rounds, "runs": runs}
    result["torch"] = subprocess.run(
        [asked.python, "-c", "import torch; print(torch.__version__)"], check=True, capture_output=True, text=True
    ).stdout.strip()
    result["convolutions"] = {level: convolutions(target, level) for level in LEVELS}
    keep(asked.name, result)


def measure(asked, target, name, threads):
    work, channels, side, batch, network, bar = WORKLOADS[name]
    common = [work, str(threads), str(channels), str(side), str(batch)]
    os.environ["OMP_NUM_THREADS"] = str(threads)
    sides = {
        "ravine": Side([target + "network_speed", *common, *network]),
        "torch": Side([asked.python, "benches/networks/torch_network.py", *common, *network]),
    }
    for _ in range(STARTS):
        for s in sides.values():
            s.start()
        for _ in range(asked.rounds):
            for s in sides.values():
                s.turn()
                time.sleep(0.02)  # let the peer's waiting threads fall asleep
        for s in sides.values():
            s.end()
    typical = {k: median(map(min, s.turns)) for k, s in sides.items()}
    least = {k: min(map(min, s.turns)) for k, s in sides.items()}
    speed = typical["torch"] / typical["ravine"]
    verdict = "meets" if speed >= bar else "MISSES"
    print(f"{name}, {threads} threads: ravine {1e3 * typical['ravine']:.1f} ms, torch {1e3 * typical['torch']:.1f} ms:", end=" ")
    print(f"{speed:.2f} x (by least times {least['torch'] / least['ravine']:.2f}), {verdict} the bar {bar}", flush=True)
    return {"workload": name, "threads": threads, "median_of_least_of_turn": typical, "least": least, "speed_over_torch": speed, "bar": bar,
            "turns": {k: s.turns for k, s in sides.items()}, "commands": {k: " ".join(s.command).replace(asked.python, "python") for k, s in sides.items()}}


def convolutions(target, level):
    command = [target + "time_convolutions", level, "1", "2", "40", "40", *KERNELS]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"{level}:", ", ".join(f"{r['size']}:{r['inputs']}x{r['outputs']} {'/'.join(f'{g:.0f}' for g in r['gflops'])}" for r in rows), flush=True)
    return rows


if __name__ == "__main__":
    main()
