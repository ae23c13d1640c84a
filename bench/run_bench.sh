#!/bin/sh
# Measures Peerlens from camera to screen and writes metrics.json: ./bench/run_bench.sh --help
set -eu
# Files that are named are named from where this was called.
PEERLENS_BENCH_FOLDER=$(pwd)
export PEERLENS_BENCH_FOLDER
exec "$(dirname "$0")/../start.sh" bench "$@"
