#!/usr/bin/env bash
# Makes models/nanodet-m.onnx: build.sh [OUT.onnx]
# Needs npm, tar, sha256sum, and Python 3 with what requirements.txt lists (PYTHON names another one).
. "$(dirname "$0")/../build_start.sh"
out=$(realpath -m "${1:-$here/../nanodet-m.onnx}")
package=@vladmandic/human@1.1.10

echo "fetching $package with npm" >&2
(
  cd "$work"
  npm pack --silent "$package" >/dev/null
  tar xzf vladmandic-human-*.tgz package/models/nanodet.json package/models/nanodet.bin
  sha256sum --check --quiet <<'SUMS'
283fdb466f36844ad75e305ef28b929ca2c7e4effbda13d2e39370e02922c032  package/models/nanodet.bin
2575ff708e644acf7b19cc54779ad43adcfb11c0d17401ba6bb5a237fb53ee46  package/models/nanodet.json
SUMS
)
"$python" "$here/convert.py" "$work/package/models/nanodet.json" "$out"
sha256sum "$out"
