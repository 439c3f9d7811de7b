"""How long Ravine takes to the quality that PyTorch reaches in a given time, on the same processor with two threads.

    python3 benches/networks/time_to_quality.py PHOTOGRAPHS HELD_BACK [--seconds 1200] [--eta ETA] [--python PYTHON_WITH_TORCH]

needs a Python with torch, numpy, pillow and safetensors, and the program built (`cargo build --release`). Both sides train the network that
`ravine train` takes by default, from the same first weights, on crops of the same photographs in grey with white noise of sigma 25, with L1,
Adam and the same one-cycle schedule: the same descent up to rounding, so eta is one for both, the best of ETAS in the mean of short runs of
several seeds (or that given, where PyTorch does not get through its long run with the best). PyTorch then trains for the given time, and
Ravine for PARTS of it and for as many steps. `ravine eval` judges the weights on the photographs held back. Raw numbers go to
benches/results/time-to-quality.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from alternate import ROOT, keep, machine  # noqa: E402

ETAS, SEEDS, SHORT = [1e-3, 2e-3, 4e-3], [1, 2, 3], 600
PARTS = [0.45]  # of the time of PyTorch's run


def grey(folder, room):
    from PIL import Image

    room.mkdir()
    for path in sorted(Path(folder).iterdir()):
        Image.open(path).convert("L").save(room / f"{path.stem}.png")
    return room


class Course:
    def __init__(self, asked, room):
        self.asked, self.room = asked, room
        self.photographs, self.held = grey(asked.photographs, room / "photographs"), grey(asked.held_back, room / "held")
        self.start = room / "start.safetensors"
        self.ravine(["--steps", "1"], 1e-30, self.start, 0)
        self.sides = {"ravine": self.ravine, "torch": self.torch}

    def ravine(self, length, eta, model, seed):
        command = ["target/release/ravine", "train", self.photographs, "-o", model, "--restart", "--quiet", "--json", "--sigma", "25", "--threads", "2", "--seed", seed]
        return call([*command, "--set", f"eta={eta}", "--validate", self.held, "--every", "100000", *length])

    def torch(self, length, eta, model, _):
        length = [word.replace("--time-limit", "--seconds") for word in length]
        return call([self.asked.python, "benches/networks/torch_train.py", self.start, self.photographs, model, "--eta", eta, *length])

    def run(self, side, length, eta, seed=0):
        model = self.room / "model.safetensors"
        before = time.perf_counter()
        said = self.sides[side](length, eta, model, seed)
        seconds = time.perf_counter() - before
        judged = call(["target/release/ravine", "eval", self.held, "--sigma", "25", "--known-sigma", "--method", "network", "--model", model, "--json"])
        row = {"side": side, "asked": " ".join(length), "eta": eta, "seed": seed, "steps": said[-1]["steps"], "seconds": seconds, "psnr": judged[-1]["mean"]["psnr"]}
        print(json.dumps(row), flush=True)
        return row


def call(command):
    out = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs")
    parser.add_argument("held_back")
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--eta", type=float)
    parser.add_argument("--python", default=sys.executable)
    asked = parser.parse_args()
    os.chdir(ROOT)
    os.environ["OMP_NUM_THREADS"] = "2"
    with tempfile.TemporaryDirectory() as room:
        course = Course(asked, Path(room))
        short = [] if asked.eta else [course.run("ravine", ["--steps", str(SHORT)], eta, seed) for eta in ETAS for seed in SEEDS]
        eta = asked.eta or max(ETAS, key=lambda eta: mean(r["psnr"] for r in short if r["eta"] == eta))
        long = [course.run("torch", ["--time-limit", str(asked.seconds)], eta)]
        long.append(course.run("ravine", ["--steps", str(long[0]["steps"])], eta))
        long.extend(course.run("ravine", ["--time-limit", str(part * asked.seconds)], eta) for part in PARTS)
    versions = subprocess.run([asked.python, "-c", "import torch; print(torch.__version__)"], check=True, capture_output=True, text=True).stdout
    keep("time-to-quality", {"what": "PSNR on the pictures held back; seconds of the whole process", **machine(), "torch": versions.strip(),
                             "eta": eta, "short": short, "long": long})


if __name__ == "__main__":
    main()
