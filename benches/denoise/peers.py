"""The denoisers of the peers beside the program: BM3D (PyPI bm3d 4.0.3) and OpenCV's non-local means.

    python3 benches/denoise/peers.py speed PICTURE --rounds 3            # both on white noise, told sigma, in turns
    python3 benches/denoise/peers.py tune TRAINING_PHOTOGRAPHS           # the constants c of `camera`, on photographs with `degrade --noise camera`
    python3 benches/denoise/peers.py camera POLYU --nlm C --cbm3d C      # pairs NAME_real.*, NAME_mean.*: c times scikit-image's estimate of sigma

needs a Python with numpy, pillow, bm3d, opencv-python-headless, scikit-image, and the program built (`cargo build --release`). Raw numbers go to
benches/results/denoise-WHAT.json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from alternate import ROOT, keep, machine  # noqa: E402

FINEST = 0.1  # of 255: a sigma of 0 would stop bm3d


def load(path):
    return np.asarray(Image.open(path).convert("RGB"), dtype=np.float64) / 255


def psnr(u, v):
    """Of 8-bit pictures, as a file would hold them."""
    return float(-10 * np.log10(np.mean((np.round(255 * np.clip(u, 0, 1)) / 255 - v) ** 2)))


def estimated(f):
    from skimage.restoration import estimate_sigma

    return max(float(estimate_sigma(f, average_sigmas=True, channel_axis=-1)), FINEST / 255)


def nlm(f, sigma):
    import cv2

    h = 255 * sigma
    return cv2.fastNlMeansDenoisingColored(np.round(255 * np.clip(f, 0, 1)).astype(np.uint8), None, h, h, 7, 21) / 255


def cbm3d(f, sigma):
    import bm3d

    return bm3d.bm3d_rgb(f, sigma)


PEERS = {"nlm": (nlm, [0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6]), "cbm3d": (cbm3d, [0.7, 1, 1.4, 2, 2.8, 4])}


def restored(asked, noisy, *flags):
    """What the program makes of a file, and the seconds of its process."""
    with tempfile.TemporaryDirectory() as room:
        start = time.perf_counter()
        subprocess.run([asked.ravine, "restore", noisy, "-o", f"{room}/u.png", "--quiet", *flags], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        return load(f"{room}/u.png"), seconds


def speed(asked):
    """The whole process of the program, which reads and writes files, and the call of `bm3d` alone."""
    clean = load(asked.data)
    noisy = np.round(255 * np.clip(clean + np.random.default_rng(0).standard_normal(clean.shape) * asked.sigma / 255, 0, 1)) / 255
    rows = []
    with tempfile.TemporaryDirectory() as room:
        Image.fromarray(np.round(255 * noisy).astype(np.uint8)).save(f"{room}/n.png")
        restored(asked, f"{room}/n.png")  # the program is in memory then
        for _ in range(asked.rounds):
            u, seconds = restored(asked, f"{room}/n.png", "--method", "network", "--sigma", str(asked.sigma), "--threads", "2")
            start = time.perf_counter()
            v = cbm3d(noisy, asked.sigma / 255)
            rows.append({"ravine": seconds, "bm3d": time.perf_counter() - start, "psnr": {"ravine": psnr(u, clean), "bm3d": psnr(v, clean)}})
            print(json.dumps(rows[-1]), flush=True)
    median = {side: statistics.median(row[side] for row in rows) for side in ("ravine", "bm3d")}
    return {"what": "seconds of one picture in turns", "picture": Path(asked.data).name, "shape": clean.shape, "sigma": asked.sigma,
            "median": median, "times_as_fast": median["bm3d"] / median["ravine"], "rounds": rows}


def camera(asked):
    """The gain in dB of each peer, and of the program with no flag, on real pictures; a pair has the mean of many shots as its truth."""
    rows = []
    for path in sorted(Path(asked.data).glob("*_real.*")):
        clean, f = load(str(path).replace("_real.", "_mean.")), load(path)
        sigma, noisy = estimated(f), psnr(f, clean)
        gains = {name: psnr(PEERS[name][0](f, c * sigma), clean) - noisy for name, c in (("nlm", asked.nlm), ("cbm3d", asked.cbm3d))}
        rows.append({"picture": path.name, "sigma": 255 * sigma, "noisy": noisy, **gains, "ravine": psnr(restored(asked, str(path))[0], clean) - noisy})
        print(json.dumps(rows[-1]), flush=True)
    sides = ("nlm", "cbm3d", "ravine")
    summary = {side: {"mean": float(np.mean([row[side] for row in rows])), "worst": min(row[side] for row in rows)} for side in sides}
    print(json.dumps(summary))
    return {"what": "gain in dB over the picture as it is", "constants": {"nlm": asked.nlm, "cbm3d": asked.cbm3d}, "gain": summary, "pictures": rows}


def tune(asked):
    """The mean gain of every constant on crops of 256 x 256 of every 20th photograph."""
    gains = {name: {c: [] for c in grid} for name, (_, grid) in PEERS.items()}
    photographs = sorted(p for p in Path(asked.data).iterdir() if p.suffix in (".jpg", ".png"))[7::20]
    with tempfile.TemporaryDirectory() as room:
        for seed, path in enumerate(photographs):
            photograph = Image.open(path).convert("RGB")
            x, y = (photograph.width - 256) // 2, (photograph.height - 256) // 2
            photograph.crop((x, y, x + 256, y + 256)).save(f"{room}/clean.png")
            command = [asked.ravine, "degrade", f"{room}/clean.png", "-o", f"{room}/noisy.png", "--noise", "camera", "--seed", str(seed), "--quiet"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            clean, f = load(f"{room}/clean.png"), load(f"{room}/noisy.png")
            sigma = estimated(f)
            for name, (denoise, _) in PEERS.items():
                for c in gains[name]:
                    gains[name][c].append(psnr(denoise(f, c * sigma), clean) - psnr(f, clean))
    means = {name: {str(c): float(np.mean(g)) for c, g in of.items()} for name, of in gains.items()}
    best = {name: max(of, key=of.get) for name, of in means.items()}
    print(json.dumps({"best": best, "mean_gain": means}))
    return {"what": "mean gain in dB on drawn cameras' noise", "pictures": len(photographs), "best": best, "mean_gain": means}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["speed", "tune", "camera"])
    parser.add_argument("data", help="a picture, or a folder of them")
    parser.add_argument("--sigma", type=float, default=25)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nlm", type=float)
    parser.add_argument("--cbm3d", type=float)
    parser.add_argument("--ravine", default=str(ROOT / "target/release/ravine"))
    asked = parser.parse_args()
    if asked.what == "camera" and None in (asked.nlm, asked.cbm3d):
        parser.error("camera needs the constants: --nlm and --cbm3d, as tune found them")
    result = {"speed": speed, "tune": tune, "camera": camera}[asked.what](asked)
    packages = ("numpy", "bm3d", "opencv-python-headless", "scikit-image")
    keep(f"denoise-{asked.what}", {**result, **machine(*packages), "threads": os.environ.get("OMP_NUM_THREADS", "all")})


if __name__ == "__main__":
    main()
