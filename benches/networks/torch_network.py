"""PyTorch's side of crates/ravine-net/examples/network_speed.rs: torch_network.py train|infer THREADS CHANNELS SIDE BATCH DEPTH WIDTH.

A chain of DEPTH 3 x 3 convolutions with bias and ReLU between them, x - s(x), in channels_last: the faster of the two layouts here.
"""

import json
import sys
import time

import torch
from torch import nn

work = sys.argv[1]
threads, channels, side, batch, depth, width = map(int, sys.argv[2:])
torch.set_num_threads(threads)
torch.manual_seed(0)
last = torch.channels_last
layers = [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
for _ in range(depth - 2):
    layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True)]
layers.append(nn.Conv2d(width, channels, 3, padding=1))
network = nn.Sequential(*layers).to(memory_format=last)
clean = torch.rand(batch, channels, side, side).to(memory_format=last)
observed = (clean + 0.1 * torch.randn_like(clean)).to(memory_format=last)
optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)


def train():
    optimizer.zero_grad(set_to_none=True)
    nn.functional.mse_loss(observed - network(observed), clean).backward()
    optimizer.step()


def infer():
    with torch.inference_mode():
        observed - network(observed)


once = {"train": train, "infer": infer}[work]
for line in sys.stdin:
    seconds = []
    for _ in range(int(line)):
        before = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - before)
    print(json.dumps(seconds), flush=True)
