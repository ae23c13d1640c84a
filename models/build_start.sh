# How both build.sh begin, which source it: help from their heads, and `here`, `python` and `work`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
case ${1:-} in
  -h | --help)
    sed -n '2,3s/^# //p' "$0"
    exit 0
    ;;
esac
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
