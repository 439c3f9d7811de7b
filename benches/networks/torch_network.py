"""PyTorch's side of crates/ravine-net/examples/network_speed.rs: torch_network.py train|infer THREADS CHANNELS SIDE BATCH NETWORK KNOB=VALUE...

All in channels_last: the faster of the two layouts here.
"""

import json
import sys
import time

import torch
from torch import nn
from torch_designs import dncnn, unet

work = sys.argv[1]
threads, channels, side, batch = map(int, sys.argv[2:6])
torch.set_num_threads(threads)
torch.manual_seed(0)
last = torch.channels_last
knobs = dict(knob.split("=") for knob in sys.argv[7:])
network = {"dncnn": dncnn, "unet": unet}[sys.argv[6]](channels, **knobs).to(memory_format=last)
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
