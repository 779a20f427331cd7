"""Colours radiographs with pydicom, numpy and scikit-image: the usual script.

Usage: with_skimage.py DICOMWEB-URL model.onnx
"""

import sys

import numpy
from archive import Archive, answer_requests
from network import SIDE, Network
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut
from skimage.color import gray2rgb, lab2rgb, rgb2lab
from skimage.transform import resize
from skimage.util import img_as_ubyte

FULL_CHROMA = 25
HUE = numpy.deg2rad(320)


def displayed(source):
    """Grey as a viewer shows it, 0 to 1."""
    values = apply_voi_lut(apply_modality_lut(source.pixel_array, source), source)
    grey = numpy.clip(values / (2**source.BitsStored - 1), 0, 1)
    return 1 - grey if source.PhotometricInterpretation == "MONOCHROME1" else grey


def colour(source):
    grey = displayed(source)
    small = resize(grey, (SIDE, SIDE), anti_aliasing=True)
    chroma = FULL_CHROMA * resize(network.evidence(255 * small), grey.shape, order=3)
    lab = rgb2lab(gray2rgb(grey))
    lab[..., 1] = numpy.cos(HUE) * chroma
    lab[..., 2] = numpy.sin(HUE) * chroma
    return img_as_ubyte(numpy.clip(lab2rgb(lab), 0, 1))


network = Network(sys.argv[2])
answer_requests(colour, Archive(sys.argv[1]))
