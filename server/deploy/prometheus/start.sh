#!/bin/sh
# Chooses the configuration with or without the token, and becomes Prometheus.
set -eu
config=/etc/prometheus/prometheus.yml
if [ -n "${PEERLENS_METRICS_TOKEN_FILE:-}" ]; then
  PEERLENS_METRICS_TOKEN=$(cat "$PEERLENS_METRICS_TOKEN_FILE")
fi
if [ -n "${PEERLENS_METRICS_TOKEN:-}" ]; then
  umask 077
  printf %s "$PEERLENS_METRICS_TOKEN" >/tmp/metrics_token
  config=/etc/prometheus/prometheus-token.yml
fi
unset PEERLENS_METRICS_TOKEN
exec prometheus --config.file="$config" --storage.tsdb.path=/prometheus \
  --storage.tsdb.retention.time=15d --web.listen-address=127.0.0.1:9090
