"""The denoisers of the peers on the pictures of `benches/README.md`: BM3D (PyPI bm3d 4.0.3) and OpenCV's non-local means.

    python3 benches/denoise/peers.py white FOLDER --sigma 25             # bm3d, told sigma, on white noise
    python3 benches/denoise/peers.py tune TRAINING_PHOTOGRAPHS           # the constants c of `camera`, on photographs with `degrade --noise camera`
    python3 benches/denoise/peers.py camera POLYU --nlm C --cbm3d C      # pairs NAME_real.*, NAME_mean.*: c times scikit-image's estimate of sigma

needs a Python with numpy, pillow, bm3d, opencv-python-headless, scikit-image. One JSON object a picture on standard output, the mean last.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

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


PEERS = {"nlm": (nlm, [0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6]), "cbm3d": (cbm3d, [0.7, 1, 1.4, 2, 2.8, 4])}


def report(rows):
    rows = list(rows)
    numbers = [k for k, v in rows[0].items() if isinstance(v, float)]
    print(json.dumps({"mean": {k: float(np.mean([row[k] for row in rows])) for k in numbers}, "pictures": len(rows)}))


def told(rows):
    for row in rows:
        print(json.dumps(row), flush=True)
        yield row


def white(asked):
    for path in sorted(Path(asked.folder).glob("*.png"))[asked.first :: asked.step]:
        clean = load(path)
        noisy = clean + np.random.default_rng(0).standard_normal(clean.shape) * asked.sigma / 255
        start = time.perf_counter()
        u = cbm3d(noisy, asked.sigma / 255)
        yield {"picture": path.name, "noisy": psnr(noisy, clean), "cbm3d": psnr(u, clean), "seconds": time.perf_counter() - start}


def camera(asked):
    constants = {"nlm": asked.nlm, "cbm3d": asked.cbm3d}
    for path in sorted(Path(asked.folder).glob("*_real.*")):
        clean, f = load(str(path).replace("_real.", "_mean.")), load(path)
        sigma = estimated(f)
        noisy = psnr(f, clean)
        gains = {name: psnr(PEERS[name][0](f, c * sigma), clean) - noisy for name, c in constants.items() if c}
        yield {"picture": path.name, "sigma": 255 * sigma, "noisy": noisy, **gains}


def tune(asked):
    """The mean gain of every constant on crops of 256 x 256 of every 20th photograph."""
    gains = {name: {c: [] for c in grid} for name, (_, grid) in PEERS.items()}
    photographs = sorted(p for p in Path(asked.folder).iterdir() if p.suffix in (".jpg", ".png"))[7::20]
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
            print(f"{path.name}: sigma {255 * sigma:.2f}", file=sys.stderr, flush=True)
    for name, of in gains.items():
        means = {c: float(np.mean(g)) for c, g in of.items()}
        print(json.dumps({"peer": name, "mean_gain": means, "best": max(means, key=means.get), "pictures": len(photographs)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["white", "tune", "camera"])
    parser.add_argument("folder")
    parser.add_argument("--sigma", type=float, default=25)
    parser.add_argument("--first", type=int, default=0, help="begin with this picture")
    parser.add_argument("--step", type=int, default=1, help="take every so many-th")
    parser.add_argument("--nlm", type=float)
    parser.add_argument("--cbm3d", type=float)
    parser.add_argument("--ravine", default="ravine", help="the program that degrades")
    asked = parser.parse_args()
    if asked.what == "tune":
        tune(asked)
    else:
        report(told({"white": white, "camera": camera}[asked.what](asked)))


if __name__ == "__main__":
    main()
