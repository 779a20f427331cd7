"""Prints the SHA-256 of the pixels of a DICOM file, sample by sample, as pydicom unpacks them."""

import hashlib
import sys

import pydicom

print(hashlib.sha256(pydicom.dcmread(sys.argv[1]).pixel_array.tobytes()).hexdigest())
