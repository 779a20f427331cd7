"""DICOMweb with python3-requests, and the colour object with pydicom: what a script of the trade does."""

import io
import json
import sys
import time
import uuid

import pydicom
import requests
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


class Archive:
    def __init__(self, dicomweb):
        self.root = dicomweb.rstrip("/")
        self.session = requests.Session()
        # gzip would cost the archive ten times the transfer.
        self.session.headers["Accept-Encoding"] = "identity"

    def fetch(self, ref):
        answer = self.session.get(
            f"{self.root}/studies/{ref['StudyInstanceUID']}/series/{ref['SeriesInstanceUID']}"
            f"/instances/{ref['SOPInstanceUID']}",
            headers={"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'},
        )
        answer.raise_for_status()
        body = answer.content
        start = body.index(b"\r\n\r\n") + 4
        return pydicom.dcmread(io.BytesIO(body[start : body.rindex(b"\r\n--")]))

    def store(self, dataset):
        file = io.BytesIO()
        pydicom.dcmwrite(file, dataset, write_like_original=False)
        boundary = uuid.uuid4().hex
        body = b"--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n--%s--\r\n" % (
            boundary.encode(), file.getvalue(), boundary.encode(),
        )
        answer = self.session.post(
            f"{self.root}/studies",
            data=body,
            headers={
                "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
                "Accept": "application/dicom+json",
            },
        )
        answer.raise_for_status()
        if "00081199" not in answer.json():
            raise RuntimeError("the archive did not name the instance")


def secondary_capture(source, rgb):
    """rgb: Rows x Columns x 3, 8 bits."""
    result = pydicom.Dataset()
    for keyword in (
        "PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyDate StudyTime StudyID "
        "AccessionNumber ReferringPhysicianName Modality BodyPartExamined ViewPosition PatientOrientation"
    ).split():
        if keyword in source:
            result[keyword] = source[keyword]
    result.SpecificCharacterSet = "ISO_IR 192"
    result.SOPClassUID = SecondaryCaptureImageStorage
    result.SOPInstanceUID = generate_uid()
    result.SeriesInstanceUID = generate_uid()
    result.SeriesDescription = "Colour, not for diagnosis"
    result.ConversionType = "SYN"
    result.Rows, result.Columns = rgb.shape[:2]
    result.SamplesPerPixel, result.PlanarConfiguration = 3, 0
    result.PhotometricInterpretation = "RGB"
    result.BitsAllocated, result.BitsStored, result.HighBit, result.PixelRepresentation = 8, 8, 7, 0
    result.PixelData = rgb.tobytes()
    result["PixelData"].VR = "OB"
    result.file_meta = FileMetaDataset()
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    result.is_little_endian, result.is_implicit_VR = True, False
    return result


def answer_requests(colour, archive):
    """One JSON line in, one out: {id, source: {UIDs}} -> {id, timingsMs}."""
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        times = [time.perf_counter()]
        task = json.loads(line)
        source = archive.fetch(task["source"])
        times.append(time.perf_counter())
        result = secondary_capture(source, colour(source))
        times.append(time.perf_counter())
        archive.store(result)
        times.append(time.perf_counter())
        fetch, work, store = (1000 * (b - a) for a, b in zip(times, times[1:]))
        timings = {"fetch": fetch, "colour": work, "store": store}
        print(json.dumps({"id": task["id"], "timingsMs": timings}), flush=True)
