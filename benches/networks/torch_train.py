"""PyTorch's side of time_to_quality.py: torch_train.py START.safetensors PHOTOGRAPHS OUTPUT.safetensors --eta X (--steps N | --seconds S)

The U-Net of `ravine train`, from the weights of START, a file of Ravine's, on crops of the PNGs of PHOTOGRAPHS with white noise of sigma 25,
by Adam and the one-cycle schedule of `ravine train`; the weights go into a copy of START. One JSON object: steps, seconds.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import safe_open, save_file
from torch import nn
from torch_designs import UNet

BATCH, SIDE, SIGMA = 16, 64, 25 / 255
RISE, FIRST, END = 0.05, 1 / 25, 0.001  # of the schedule


def one_cycle(t):
    """The factor of eta at the part t of the way: up by half a cosine, then far down by another."""
    if t < RISE:
        return cosine(FIRST, 1, t / RISE)
    return cosine(1, END, (t - RISE) / (1 - RISE))


def cosine(a, b, t):
    return b + (a - b) * (1 + math.cos(math.pi * t)) / 2


class Weights:
    """Ravine's file beside the network: HWIO beside OIHW, and a strided 2 x 2 convolution as 1 x 1 over four pixels (row, column, channel)."""

    def __init__(self, path, network):
        with safe_open(path, "numpy") as file:
            self.metadata = file.metadata()
            self.ours = {name: torch.from_numpy(file.get_tensor(name)) for name in file.keys()}
        self.layers = list(zip(sorted(self.ours, key=lambda name: int(name.split(".")[0])), self.in_order(network), strict=True))

    @staticmethod
    def in_order(network):
        for group in [network.head, *network.down, network.body, *reversed(network.up), network.tail]:
            yield from (m for m in group.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)))

    @staticmethod
    def as_ours(layer):
        """Of a weight of PyTorch: with the axes of Ravine."""
        weight = layer.weight
        if isinstance(layer, nn.ConvTranspose2d):
            inputs, outputs = weight.shape[:2]
            return weight.permute(0, 2, 3, 1).reshape(1, 1, inputs, 4 * outputs)
        if layer.stride == (2, 2):
            outputs, inputs = weight.shape[:2]
            return weight.permute(2, 3, 1, 0).reshape(1, 1, 4 * inputs, outputs)
        return weight.permute(2, 3, 1, 0)

    @staticmethod
    def as_torch(layer, ours):
        outputs, inputs = layer.out_channels, layer.in_channels
        if isinstance(layer, nn.ConvTranspose2d):
            return ours.reshape(inputs, 2, 2, outputs).permute(0, 3, 1, 2)
        if layer.stride == (2, 2):
            return ours.reshape(2, 2, inputs, outputs).permute(3, 2, 0, 1)
        return ours.permute(3, 2, 0, 1)

    @torch.no_grad()
    def load(self):
        for name, layer in self.layers:
            layer.weight.copy_(self.as_torch(layer, self.ours[name]))

    @torch.no_grad()
    def save(self, path):
        tensors = {name: self.as_ours(layer).contiguous().numpy() for name, layer in self.layers}
        save_file(tensors, path, metadata=self.metadata)


class Crops:
    """Random crops of random photographs, in one of eight positions, and the same with noise."""

    def __init__(self, folder):
        self.photographs = [np.asarray(Image.open(path)) for path in sorted(Path(folder).iterdir())]
        self.random = np.random.default_rng(0)

    def batch(self):
        clean = torch.from_numpy(np.stack([self.crop() for _ in range(BATCH)])[:, None]).to(torch.float32) / 255
        return clean, clean + SIGMA * torch.randn_like(clean)

    def crop(self):
        photograph = self.photographs[self.random.integers(len(self.photographs))]
        y, x = (self.random.integers(n - SIDE + 1) for n in photograph.shape)
        crop = np.rot90(photograph[y : y + SIDE, x : x + SIDE], self.random.integers(4))
        return crop[:, ::-1] if self.random.integers(2) else crop


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("start")
    parser.add_argument("photographs")
    parser.add_argument("output")
    parser.add_argument("--eta", type=float, required=True)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(0)
    network = UNet(1, 32, 1.5, 3, 2, SIGMA)
    weights = Weights(asked.start, network)
    weights.load()
    network.to(memory_format=torch.channels_last)
    crops = Crops(asked.photographs)
    optimizer = torch.optim.Adam(network.parameters(), lr=asked.eta, fused=True)
    start, step = time.perf_counter(), 0
    while True:
        seconds = time.perf_counter() - start
        way = step / asked.steps if asked.steps else seconds / asked.seconds
        if way >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = asked.eta * one_cycle(way)
        clean, observed = (t.to(memory_format=torch.channels_last) for t in crops.batch())
        optimizer.zero_grad(set_to_none=True)
        nn.functional.l1_loss(observed - network(observed), clean).backward()
        optimizer.step()
        step += 1
    weights.save(asked.output)
    print(json.dumps({"steps": step, "seconds": seconds}))


if __name__ == "__main__":
    main()
