"""Reads DICOM files with pydicom; prints one JSON object a line: the data set and its pixels.

A second opinion on what we write. Only what the tests need: the DICOM JSON model without pixel
data, the SHA-256 of the pixel bytes, and what ImageCms makes of the embedded ICC profile.
"""

import hashlib
import io
import json
import sys

import pydicom
from PIL import Image, ImageCms


def colour_profile(dataset):
    if "ICCProfile" not in dataset:
        return None
    profile = ImageCms.getOpenProfile(io.BytesIO(dataset.ICCProfile))
    codes = Image.new("RGB", (256, 3))
    codes.putdata([(r, (r * 7) % 256, (r * 13) % 256) for r in range(256)] * 3)
    to_srgb = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB", 1)
    back = ImageCms.applyTransform(codes, to_srgb)
    drift = max(abs(a - b) for a, b in zip(codes.tobytes(), back.tobytes()))
    greys = Image.new("RGB", (256, 1))
    greys.putdata([(code, code, code) for code in range(256)])
    shown = ImageCms.applyTransform(greys, to_srgb)
    return {
        "deviceClass": profile.profile.device_class,
        "maxDrift": drift,
        "greysInSrgb": list(shown.tobytes()),
    }


for path in sys.argv[1:]:
    dataset = pydicom.dcmread(path)
    pixels = dataset.PixelData if "PixelData" in dataset else b""
    profile = colour_profile(dataset)
    if "PixelData" in dataset:
        del dataset.PixelData
    print(
        json.dumps(
            {
                "json": dataset.to_json_dict(),
                "transferSyntaxUID": dataset.file_meta.TransferSyntaxUID,
                "pixelSha256": hashlib.sha256(pixels).hexdigest(),
                "profile": profile,
            }
        )
    )
