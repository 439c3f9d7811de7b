"""The networks of the benchmarks in PyTorch: `dncnn` is a chain of 3 x 3 convolutions with bias and ReLU between them, `unet` the residual
blocks at several scales of crates/ravine-net/src/design/unet.rs, told the noise level `sigma` by a channel more. Each gives x - s(x).
"""

import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.bend = nn.Sequential(three(width, width, bias=False), nn.ReLU(inplace=True), three(width, width, bias=False))

    def forward(self, x):
        return x + self.bend(x)


class UNet(nn.Module):
    def __init__(self, channels, width, growth, scales, blocks, sigma=0.1):
        super().__init__()
        self.sigma = sigma
        widths = [round(width * growth**s) for s in range(int(scales))]
        pairs = list(zip(widths, widths[1:]))
        group = lambda w: nn.Sequential(*[Block(w) for _ in range(int(blocks))])  # noqa: E731
        self.head, self.tail = three(channels + 1, widths[0], bias=False), three(widths[0], channels, bias=False)
        self.down = nn.ModuleList([nn.Sequential(group(a), nn.Conv2d(a, b, 2, stride=2, bias=False)) for a, b in pairs])
        self.body = group(widths[-1])
        self.up = nn.ModuleList([nn.Sequential(nn.ConvTranspose2d(b, a, 2, stride=2, bias=False), group(a)) for a, b in pairs])

    def forward(self, x):
        sigma = torch.full_like(x[:, :1], self.sigma)
        values = [self.head(torch.cat([x, sigma], 1))]
        for down in self.down:
            values.append(down(values[-1]))
        y = self.body(values[-1])
        for up, value in zip(reversed(self.up), reversed(values)):
            y = up(y + value)
        return self.tail(y + values[0])


def three(inputs, outputs, bias=True):
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)


def dncnn(channels, depth, width, batch_norm):
    assert batch_norm == "false"
    depth, width = int(depth), int(width)
    layers = [three(channels, width), nn.ReLU(inplace=True)]
    for _ in range(depth - 2):
        layers += [three(width, width), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, three(width, channels))


def unet(channels, width, growth, scales, blocks):
    return UNet(channels, float(width), float(growth), float(scales), float(blocks))
