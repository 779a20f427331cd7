"""Colours radiographs with pydicom, numpy and OpenCV: what somebody writes who knows these well.

Usage: with_opencv.py DICOMWEB-URL model.onnx
"""

import sys

import cv2
import numpy
from archive import Archive, answer_requests
from network import SIDE, Network
from pydicom.pixel_data_handlers.util import apply_modality_lut, apply_voi_lut

FULL_CHROMA = 25
HUE = numpy.deg2rad(320)


def displayed(source):
    """Grey as a viewer shows it, 8 bits."""
    values = apply_voi_lut(apply_modality_lut(source.pixel_array, source), source)
    bits = source.BitsStored
    scaled = values * (255 / (2**bits - 1))
    grey = numpy.clip(scaled + 0.5, 0, 255).astype(numpy.uint8)
    return 255 - grey if source.PhotometricInterpretation == "MONOCHROME1" else grey


def colour(source):
    grey = displayed(source)
    height, width = grey.shape
    small = cv2.resize(grey.astype(numpy.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    evidence = network.evidence(small).astype(numpy.float32)
    chroma = FULL_CHROMA * cv2.resize(evidence, (width, height), interpolation=cv2.INTER_CUBIC)
    lab = cv2.cvtColor(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(numpy.float32) / 255, cv2.COLOR_RGB2Lab)
    lab[..., 1] = numpy.cos(HUE) * chroma
    lab[..., 2] = numpy.sin(HUE) * chroma
    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    return numpy.clip(rgb * 255 + 0.5, 0, 255).astype(numpy.uint8)


network = Network(sys.argv[2])
answer_requests(colour, Archive(sys.argv[1]))
