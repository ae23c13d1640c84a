#!/usr/bin/env bash
# Starts Peerlens:   ./start.sh [flags]      (./start.sh --help lists them)
# Runs its tests:    ./start.sh test
# Before a change:   ./start.sh ok      (and while at it ./start.sh dev)
# Measures it:       ./start.sh bench …
# Its models:        ./start.sh models …
# Work on it:        ./start.sh dev, ./start.sh ok
# Finds or installs Deno and hands over to `deno task`; everything else is in deno.json.
set -eu
cd "$(dirname "$0")"

pinned=2.9.6      # what is installed when there is none
need="2.9"        # what an installed one has to be at least

say() { printf 'peerlens: %s\n' "$*" >&2; }

# Is $1 a Deno that runs here and is new enough?
usable() {
  local version major minor
  version=$("$1" --version 2>/dev/null | sed -n '1s/^deno \([0-9][0-9.]*\).*/\1/p') || return 1
  case $version in *.*) ;; *) return 1 ;; esac
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [ "$major" -gt "${need%.*}" ] || { [ "$major" -eq "${need%.*}" ] && [ "$minor" -ge "${need#*.}" ]; }
}

# Prints the path of the first usable Deno. The npm package's own `deno` is a Node script that does
# not pass signals on, so the binary beside it is taken; it is there even where npm runs no scripts.
find_deno() {
  local candidate
  for candidate in "$(command -v deno || true)" "${HOME:-/nonexistent}/.deno/bin/deno" \
    "$PWD"/.deno/node_modules/@deno/*/deno; do
    if [ -n "$candidate" ] && [ -x "$candidate" ] && usable "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

if ! deno=$(find_deno); then
  if ! command -v npm >/dev/null; then
    say "Deno $need or newer is needed and was not found, and neither was npm to install it with."
    say "Install Deno from https://deno.com, or Node.js with npm, and run this again."
    exit 1
  fi
  say "no Deno $need or newer found: installing deno@$pinned with npm into .deno/ (once)"
  mkdir -p .deno
  if ! npm install --prefix .deno --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
    "deno@$pinned" >&2; then
    say "npm could not install deno@$pinned (see above). Install Deno from https://deno.com instead."
    exit 1
  fi
  if ! deno=$(find_deno); then
    say "the deno@$pinned that npm installed does not run on this system."
    say "Install Deno $need or newer from https://deno.com and run this again."
    exit 1
  fi
fi

# Deno would otherwise ask its makers for news of newer versions.
export DENO_NO_UPDATE_CHECK=1
# And onnxruntime would report its use, in tests and benches that load it themselves.
export ORT_DISABLE_TELEMETRY=1

# The device of the default route, whose address phones are led to first: Deno may not look.
if [ -z "${PEERLENS_DEFAULT_DEVICE:-}" ]; then
  if [ -r /proc/net/route ]; then
    PEERLENS_DEFAULT_DEVICE=$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route || true)
  else
    PEERLENS_DEFAULT_DEVICE=$({ route -n get default | awk '/interface:/ { print $2; exit }'; } 2>/dev/null || true)
  fi
  export PEERLENS_DEFAULT_DEVICE
fi

task=start
case ${1:-} in
  test | bench | models | ok | dev)
    task=$1
    shift
    ;;
esac
say "running 'deno task $task' with $deno (the first time installs packages too)"
# Quiet: Deno would list every package that it unpacks; errors are shown all the same.
exec "$deno" task --quiet "$task" "$@"
