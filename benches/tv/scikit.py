"""One process of the peer: scikit-image's denoise_tv_chambolle on a stored float32 picture, raw seconds as JSON.

scikit.py FILE HEIGHT WIDTH LAMBDA DTYPE ITERATIONS REPEATS   ITERATIONS 0: its own stopping rule (eps 2e-4)
scikit.py FILE HEIGHT WIDTH LAMBDA DTYPE search EXCESS LEAST  the fewest iterations whose energy is within EXCESS of LEAST
"""
import json
import sys
import time

import numpy as np
from skimage.restoration import denoise_tv_chambolle


def energy(u, f, lam):
    u, f = u.astype(np.float64), f.astype(np.float64)
    dx, dy = np.zeros_like(u), np.zeros_like(u)
    dx[:, :-1] = np.diff(u, axis=1)
    dy[:-1] = np.diff(u, axis=0)
    return np.sqrt(dx**2 + dy**2).sum() + lam / 2 * ((u - f) ** 2).sum()


file, height, width, lam, dtype, what, *rest = sys.argv[1:]
lam = float(lam)
f = np.fromfile(file, "<f4").reshape(int(height), int(width)).astype(dtype)


def restore(iterations):
    if iterations == 0:
        return denoise_tv_chambolle(f, weight=1 / lam)
    return denoise_tv_chambolle(f, weight=1 / lam, eps=0, max_num_iter=iterations)


if what == "search":
    excess, least = map(float, rest)
    low, high = 1, 8
    while energy(restore(high), f, lam) > least * (1 + excess):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if energy(restore(middle), f, lam) <= least * (1 + excess) else (middle, high)
    print(json.dumps({"iterations": high}))
else:
    seconds = []
    for _ in range(int(rest[0])):
        begin = time.perf_counter()
        u = restore(int(what))
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": seconds, "energy": energy(u, f, lam)}))
