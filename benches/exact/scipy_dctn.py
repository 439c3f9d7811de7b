"""One process of the peer: DCT-II and DCT-III of a picture by scipy.fft.dctn in float32, raw seconds as JSON.

scipy_dctn.py SIZE THREADS REPEATS
"""
import json
import sys
import time

import numpy as np
import scipy.fft

size, threads, repeats = map(int, sys.argv[1:])
f = np.random.default_rng(1).random((size, size), dtype=np.float32)
seconds = []
for _ in range(repeats):
    begin = time.perf_counter()
    scipy.fft.dctn(scipy.fft.dctn(f, type=2, workers=threads), type=3, workers=threads)
    seconds.append(time.perf_counter() - begin)
print(json.dumps({"size": size, "threads": threads, "seconds": seconds}))
