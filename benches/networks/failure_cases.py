"""Pictures that are not photographs: the network inside the program, `tv` and `auto` on drawings of five kinds with white noise.

    python3 benches/networks/failure_cases.py [--sigma 25] [--ravine target/release/ravine]

needs a Python with numpy and pillow. Four drawings a kind, 256 x 256, grey; mean PSNR in dB of each method, sigma estimated by the program.
Then what `restore` without a flag makes of pages as files are: with noise and 8 bit, and as JPEGs without noise; PSNR before and after.
Raw numbers go to benches/results/failure-cases.json.
"""

import argparse
import json
import os
import string
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from alternate import ROOT, keep, machine  # noqa: E402

SIDE, DRAWINGS, METHODS = 256, 4, ["network", "tv", "auto"]


def words(random, length):
    return "".join(random.choice(list(string.ascii_letters + "   .,"), length))


def text(random):
    """A page: black letters of 11 to 14 points on white."""
    page = Image.new("L", (SIDE, SIDE), 255)
    size = int(random.integers(11, 15))
    for y in range(6, SIDE - size, size + 4):
        ImageDraw.Draw(page).text((6, y), words(random, 44), fill=0, font=ImageFont.load_default(size))
    return page


def line_art(random):
    """Lines of 1 to 3 pixels, black on white, and circles."""
    sheet = Image.new("L", (SIDE, SIDE), 255)
    draw = ImageDraw.Draw(sheet)
    for _ in range(24):
        points = [tuple(map(int, p)) for p in random.integers(0, SIDE, (int(random.integers(2, 5)), 2))]
        draw.line(points, fill=0, width=int(random.integers(1, 4)))
    for _ in range(8):
        (x, y), r = random.integers(20, SIDE - 20, 2), random.integers(6, 40)
        draw.ellipse([int(x - r), int(y - r), int(x + r), int(y + r)], outline=0, width=int(random.integers(1, 3)))
    return sheet


def stars(random):
    """A dark sky with a faint glow and 150 stars, few of them bright, each a Gaussian 2.4 pixels wide at half height."""
    y, x = np.mgrid[:SIDE, :SIDE]
    sky = 12 + 10 * np.exp(-((x - random.uniform(0, SIDE)) ** 2 + (y - random.uniform(0, SIDE)) ** 2) / (2 * 60**2))
    for _ in range(150):
        at, peak = random.uniform(0, SIDE, 2), min(20 * random.pareto(1.2) + 6, 400)
        sky += peak * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 2)
    return Image.fromarray(np.clip(np.round(sky), 0, 255).astype(np.uint8))


def screenshot(random):
    """Windows of flat greys with frames of one pixel, and labels."""
    screen = Image.new("L", (SIDE, SIDE), int(random.integers(60, 200)))
    draw = ImageDraw.Draw(screen)
    for _ in range(7):
        (x, y), (w, h) = random.integers(0, SIDE - 60, 2), random.integers(50, 140, 2)
        draw.rectangle([int(x), int(y), int(x + w), int(y + h)], fill=int(random.integers(150, 256)), outline=0)
        draw.rectangle([int(x), int(y), int(x + w), int(y) + 14], fill=int(random.integers(20, 120)))
        draw.text((int(x) + 3, int(y)), words(random, 8), fill=255, font=ImageFont.load_default(11))
        for line in range(int(y) + 18, int(y + h) - 12, 13):
            draw.text((int(x) + 3, line), words(random, int(w) // 8), fill=0, font=ImageFont.load_default(10))
    return screen


def stripes(random):
    """Stripes of 2 to 4 pixels of two greys, straight or bent: the finest texture there is."""
    y, x = np.mgrid[:SIDE, :SIDE]
    period, angle, bend = random.uniform(4, 8), random.uniform(0, np.pi), random.uniform(0, 6)
    phase = x * np.cos(angle) + y * np.sin(angle) + bend * np.sin(x / 23)
    return Image.fromarray(np.where(np.sin(2 * np.pi * phase / period) > 0, 170, 90).astype(np.uint8))


KINDS = {kind.__name__: kind for kind in (text, line_art, stars, screenshot, stripes)}


def judged(ravine, folder, sigma):
    command = [ravine, "eval", folder, "--sigma", str(sigma), "--method", ",".join(METHODS), "--json"]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    means = [json.loads(line)["mean"] for line in out.splitlines() if line.startswith('{"mean"')]
    return {"noisy": means[0]["noisy_psnr"], **{mean["asked"]: mean["psnr"] for mean in means}}


def page_files(number, draw, folder):
    """{what: the drawing, and a file of it as it would come}, two drawings."""
    for i in range(2):
        random = np.random.default_rng([number, i])
        clean = np.asarray(draw(random)).astype(float)
        for sigma in (0, 5, 10, 25, 50):
            noisy = np.clip(np.round(clean + random.normal(0, sigma, clean.shape)), 0, 255).astype(np.uint8)
            yield f"{draw.__name__} {i}, sigma {sigma}", clean, save(Image.fromarray(noisy), f"{folder}/{i}-{sigma}.png")
        for quality in (95, 85, 60, 30):
            jpeg = save(Image.fromarray(clean.astype(np.uint8)), f"{folder}/{i}-{quality}.jpg", quality=quality)
            yield f"{draw.__name__} {i}, JPEG {quality}", clean, save(Image.open(jpeg), f"{folder}/{i}-jpeg-{quality}.png")


def save(picture, path, **options):
    picture.save(path, **options)
    return path


def psnr(path, clean):
    error = np.mean((np.asarray(Image.open(path).convert("L")) - clean) ** 2)
    return 10 * np.log10(255**2 / error) if error else None  # None: equal


def restored(ravine, clean, path):
    command = [ravine, "restore", path, "-o", f"{path}.out.png", "--json", "--quiet"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return {"method": told["method"], "sigma": told.get("sigma"), "before": psnr(path, clean), "after": psnr(f"{path}.out.png", clean)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sigma", type=float, default=25)
    parser.add_argument("--ravine", default="target/release/ravine")
    asked = parser.parse_args()
    os.chdir(ROOT)
    rows = {}
    for number, (name, draw) in enumerate(KINDS.items()):
        with tempfile.TemporaryDirectory() as folder:
            for i in range(DRAWINGS):
                draw(np.random.default_rng([number, i])).save(f"{folder}/{i}.png")
            rows[name] = judged(asked.ravine, folder, asked.sigma)
        print(f"{name:12}", "  ".join(f"{method} {psnr:.2f}" for method, psnr in rows[name].items()), flush=True)
    pages = {}
    for number, draw in enumerate((text, line_art)):
        with tempfile.TemporaryDirectory() as folder:
            for name, clean, path in page_files(number, draw, folder):
                pages[name] = restored(asked.ravine, clean, path)
                print(f"{name:24}", "  ".join(f"{k} {v:.2f}" if isinstance(v, float) else f"{k} {v}" for k, v in pages[name].items()), flush=True)
    keep("failure-cases", {"what": "mean PSNR in dB of four drawings a kind", "sigma": asked.sigma, **machine("numpy", "pillow"), "kinds": rows,
                           "pages": pages})


if __name__ == "__main__":
    main()
