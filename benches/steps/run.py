"""One step of Adam and momentum on 10^7 f32: Ravine, PyTorch's fused step and a one-pass C loop take turns.

    python3 benches/steps/run.py [--rounds 8] [--python PYTHON_WITH_TORCH] [--prefix "chrt -r 5"]

from the root of the project; needs gcc and a Python that has torch. Every program keeps its own vectors and waits for its turn; a turn
is a few steps, of which the first warms the caches up and does not count. Raw times, commands and versions go to
benches/results/steps.json; the table shows the median over the rounds of the least time of a turn.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

N, TURN, STARTS = 10_000_000, 6, 4  # the pages that a process is given differ from start to start
BARS = {"torch": 0.95, "c": 0.90}  # of the peer's speed
C_FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-fopenmp"]


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Side:
    def __init__(self, command):
        self.command = command
        self.turns = []

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.turn()  # touches every page
        self.turns.pop()

    def turn(self):
        self.process.stdin.write(f"{TURN}\n")
        self.process.stdin.flush()
        self.turns.append(json.loads(self.process.stdout.readline())[1:])

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=8)
    arguments.add_argument("--python", default=sys.executable)
    arguments.add_argument("--prefix", default="", help='put before every command, such as "chrt -r 5" on a busy machine')
    asked = arguments.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    os.chdir(root)
    flags = os.environ.get("RUSTFLAGS", "")
    if "target-cpu" in flags:
        sys.exit("RUSTFLAGS sets target-cpu: the bar is for a portable build")
    subprocess.run(["cargo", "build", "--release", "-p", "ravine-optim", "--example", "step_speed"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        loop = os.path.join(folder, "one_pass")
        subprocess.run(["gcc", *C_FLAGS, os.path.join(here, "one_pass.c"), "-o", loop, "-lm"], check=True)
        target = os.environ.get("CARGO_TARGET_DIR", "target")
        programs = {
            "ravine": [os.path.join(target, "release/examples/step_speed")],
            "torch": [asked.python, "benches/steps/torch_fused.py"],
            "c": [loop],
        }
        programs = {name: [*asked.prefix.split(), *command] for name, command in programs.items()}
        runs = [measure(programs, rule, threads, asked.rounds) for rule in ["adam", "momentum"] for threads in [1, 2]]
    result = {
        "what": "seconds a step, 10^7 f32; a turn is several steps, turns alternate",
        "processor": next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), ""),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "versions": {
            "rustc": output(["rustc", "--version"]),
            "torch": output([asked.python, "-c", "import torch; print(torch.__version__)"]),
            "gcc": output(["gcc", "--version"]).splitlines()[0],
            "python": platform.python_version(),
        },
        "flags": {"c": " ".join(C_FLAGS), "rust": "--release, no target-cpu"},
        "runs": runs,
    }
    with open("benches/results/steps.json", "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


def measure(programs, rule, threads, rounds):
    sides = {name: Side([*command, rule, str(N), str(threads)]) for name, command in programs.items()}
    for _ in range(STARTS):
        for side in sides.values():
            side.start()
        for _ in range(rounds):
            for side in sides.values():
                side.turn()
                time.sleep(0.02)  # let the peer's waiting threads fall asleep
        for side in sides.values():
            side.end()
    typical = {name: statistics.median(map(min, side.turns)) for name, side in sides.items()}
    least = {name: min(map(min, side.turns)) for name, side in sides.items()}
    print(f"{rule}, {threads} thread{'s' * (threads > 1)}:", end=" ")
    print(", ".join(f"{name} {1e3 * typical[name]:.2f} ms (least {1e3 * least[name]:.2f})" for name in sides))
    speed = {peer: typical[peer] / typical["ravine"] for peer in BARS}
    for peer, bar in BARS.items():
        verdict = "meets" if speed[peer] >= bar else "MISSES"
        best = least[peer] / least["ravine"]
        print(f"    {speed[peer]:.2f} of the speed of {peer} (by least times {best:.2f}): {verdict} the bar {bar}")
    return {
        "rule": rule,
        "threads": threads,
        "median_of_least_of_turn": typical,
        "least": least,
        "speed_over": speed,
        "turns": {name: [[round(t, 9) for t in turn] for turn in side.turns] for name, side in sides.items()},
        "commands": {name: " ".join(map(os.path.basename, side.command)) for name, side in sides.items()},
    }


if __name__ == "__main__":
    main()
