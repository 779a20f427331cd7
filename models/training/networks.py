"""The paper's three networks, and the evidence network of this product. Inputs are [n, 1, h, w] in [-1, 1]."""

import torch
from torch import nn
from torch.nn import functional as F

CHROMA_RANGE = 110.0
SOFT_LIMIT = 45.0


class Autoencoder(nn.Module):
    """Plain convolutional autoencoder: four halvings, four doublings, no skip connection. Gives a*b* / 110."""

    def __init__(self):
        super().__init__()
        down, channels = [], 1
        for width in (32, 64, 128, 256):
            down += [nn.Conv2d(channels, width, 3, 2, 1), nn.ReLU(True)]
            channels = width
        up = []
        for width in (128, 64, 32, 16):
            up += [nn.Upsample(scale_factor=2, mode="nearest")]
            up += [nn.Conv2d(channels, width, 3, 1, 1), nn.ReLU(True)]
            channels = width
        self.enc = nn.Sequential(*down)
        self.dec = nn.Sequential(*up, nn.Conv2d(channels, 2, 3, 1, 1), nn.Tanh())

    def forward(self, x):
        return self.dec(self.enc(x))


class BasicBlock(nn.Module):
    """Residual block of ResNet-18 and -34. @see He, Zhang, Ren, Sun (2015), arXiv:1512.03385"""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Encoder(nn.Module):
    """ResNet for one channel; gives its five scales, from 1/2 to 1/32."""

    BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}

    def __init__(self, depth):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, 2, 1)
        channels = 64
        for stage, (width, count) in enumerate(zip((64, 128, 256, 512), self.BLOCKS[depth]), 1):
            blocks = [BasicBlock(channels, width, 1 if stage == 1 else 2)]
            blocks += [BasicBlock(width, width, 1) for _ in range(count - 1)]
            setattr(self, f"l{stage}", nn.Sequential(*blocks))
            channels = width

    def forward(self, x):
        half = F.relu(self.bn1(self.conv1(x)))
        quarter = self.l1(self.pool(half))
        eighth = self.l2(quarter)
        sixteenth = self.l3(eighth)
        return half, quarter, eighth, sixteenth, self.l4(sixteenth)


def convolution(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU(True))


class Up(nn.Module):
    """Doubles the scale and joins the encoder's features of that scale."""

    def __init__(self, inputs, skip, outputs):
        super().__init__()
        self.a, self.b = convolution(inputs + skip, outputs), convolution(outputs, outputs)

    def forward(self, x, skip=None):
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.b(self.a(x if skip is None else torch.cat([x, skip], 1)))


class UNet(nn.Module):
    """U-Net on a ResNet encoder. Gives a*b* / 110."""

    def __init__(self, depth):
        super().__init__()
        self.enc = Encoder(depth)
        self.u4, self.u3, self.u2 = Up(512, 256, 160), Up(160, 128, 96), Up(96, 64, 64)
        self.u1, self.u0 = Up(64, 64, 48), Up(48, 0, 32)
        self.head = nn.Conv2d(32, 2, 1)

    def forward(self, x):
        half, quarter, eighth, sixteenth, last = self.enc(x)
        y = self.u2(self.u3(self.u4(last, sixteenth), eighth), quarter)
        return torch.tanh(self.head(self.u0(self.u1(y, half))))


PAPER = {
    "autoencoder": Autoencoder,
    "unet-resnet18": lambda: UNet(18),
    "unet-resnet34": lambda: UNet(34),
}


class Colour(nn.Module):
    """What is exported of the paper's networks: a*b*, hue kept, chroma bent softly below 45."""

    outputs = ("ab",)

    def __init__(self, network):
        super().__init__()
        self.n = network

    def forward(self, x):
        ab = self.n(x) * CHROMA_RANGE
        chroma = torch.sqrt((ab * ab).sum(1, keepdim=True) + 1e-6)
        return ab * (SOFT_LIMIT * torch.tanh(chroma / SOFT_LIMIT) / chroma)


class Evidence(nn.Module):
    """
    U-Net on ResNet-18 down to a quarter of the scale, with three heads: opacity and lung (each a map of
    logits at stride 4) and a classifier whose map at stride 32 is pooled by its own probabilities.
    @see Ye, Yao, Xue, Li (2020), Weakly supervised lesion localization with probabilistic-CAM pooling, arXiv:2005.14480
    """

    def __init__(self):
        super().__init__()
        self.enc = Encoder(18)
        self.u4, self.u3, self.u2 = Up(512, 256, 160), Up(160, 128, 96), Up(96, 64, 64)
        self.ev = nn.Sequential(nn.Conv2d(64, 48, 3, 1, 1), nn.ReLU(True), nn.Conv2d(48, 1, 1))
        self.lung = nn.Sequential(nn.Conv2d(64, 32, 3, 1, 1), nn.ReLU(True), nn.Conv2d(32, 1, 1))
        self.cls = nn.Conv2d(512, 1, 1)
        nn.init.constant_(self.ev[-1].bias, -2.0)

    def forward(self, x):
        """Logits: opacity [n,1,h/4,w/4], lung [n,1,h/4,w/4], picture [n], map of the classifier [n,1,h/32,w/32]."""
        _, quarter, eighth, sixteenth, last = self.enc(x)
        y = self.u2(self.u3(self.u4(last, sixteenth), eighth), quarter)
        scores = self.cls(F.dropout(last, 0.35, self.training)).float()
        weights = torch.sigmoid(scores) + 1e-4
        weights = weights / weights.sum((2, 3), keepdim=True)
        return self.ev(y), self.lung(y), (scores * weights).sum((1, 2, 3)), scores


class Calibration(nn.Module):
    """
    From logits to colour: temperature `a` and bias `b` of the picture's probability, a gate that opens from
    `p0` to `p1`, a scale `s` and a dead zone `t` of the map. All are constants of the exported graph.
    """

    NAMES = ("a", "b", "p0", "p1", "s", "t")
    DEFAULT = dict(a=1.0, b=0.0, p0=0.3, p1=0.7, s=1.0, t=0.1)

    def __init__(self, **constants):
        super().__init__()
        for name, value in {**self.DEFAULT, **constants}.items():
            self.register_buffer(name, torch.tensor([float(value)]))
        line = torch.exp(-torch.arange(-2.0, 3.0) ** 2 / 2)
        self.register_buffer("kernel", (line[:, None] * line[None] / line.sum() ** 2)[None, None])

    def constants(self):
        return {name: float(getattr(self, name)) for name in self.NAMES}

    def probability(self, logit):
        return torch.sigmoid(logit[:, None] * self.a + self.b)

    def smooth(self, opacity):
        return F.conv2d(opacity, self.kernel, padding=2)

    def colour(self, smooth, probability):
        gate = ((probability - self.p0) / (self.p1 - self.p0)).clamp(0, 1)
        gate = (gate * gate * (3 - 2 * gate))[:, :, None, None]
        return ((gate * smooth / self.s - self.t) / (1 - self.t)).clamp(0, 1)


class EvidenceGraph(nn.Module):
    """
    What is exported of the evidence network. `evidence`, `lung` and `probability` are what the product draws
    by; `opacity` (before gate and dead zone) and `classifier_map` are there to be measured against.
    """

    outputs = ("evidence", "lung", "probability", "opacity", "classifier_map")

    def __init__(self, network, calibration=None):
        super().__init__()
        self.m = network
        self.calibration = calibration or Calibration()

    def forward(self, x):
        opacity, lung, logit, scores = self.m(x)
        lung = torch.sigmoid(lung)
        smooth = self.calibration.smooth(torch.sigmoid(opacity) * lung)
        probability = self.calibration.probability(logit)
        evidence = self.calibration.colour(smooth, probability)
        return evidence, lung, probability, smooth, torch.sigmoid(scores)


def fold_batch_norm(module):
    """Every convolution that a batch norm follows takes it in; the norm becomes the identity. In place."""
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    module.eval()
    for part in module.modules():
        names = [name for name, _ in part.named_children()]
        for first, second in zip(names, names[1:]):
            convolution_, norm = getattr(part, first), getattr(part, second)
            if isinstance(convolution_, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(part, first, fuse_conv_bn_eval(convolution_, norm))
                setattr(part, second, nn.Identity())
    return module
