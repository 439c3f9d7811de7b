"""PyTorch's fused step. torch_fused.py RULE N THREADS, then as crates/ravine-optim/examples/step_speed.rs."""

import json
import sys
import time

import torch

rule, n, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
x = torch.nn.Parameter(torch.randn(n))
x.grad = torch.randn(n)
if rule == "adam":
    optimizer = torch.optim.Adam([x], lr=1e-3, fused=True)
else:
    optimizer = torch.optim.SGD([x], lr=1e-3, momentum=0.9, fused=True)
for line in sys.stdin:
    seconds = []
    for _ in range(int(line)):
        before = time.perf_counter()
        optimizer.step()
        seconds.append(time.perf_counter() - before)
    print(json.dumps(seconds), flush=True)
