#!/bin/sh
# Writes coturn's configuration and becomes coturn. In a file, because everybody can read arguments.
set -eu

if [ -n "${PEERLENS_TURN_SECRET_FILE:-}" ]; then
  PEERLENS_TURN_SECRET=$(cat "$PEERLENS_TURN_SECRET_FILE")
fi
if ! printf %s "${PEERLENS_TURN_SECRET:-}" | grep -Eq '^[A-Za-z0-9._~+/=-]{16,256}$'; then
  echo "PEERLENS_TURN_SECRET must be 16 to 256 letters, digits and any of . _ ~ + / = -" >&2
  echo "Make one: openssl rand -hex 32. Peerlens and coturn get the same one." >&2
  exit 1
fi

umask 077
cat >/run/coturn/turnserver.conf <<CONF
listening-port=${TURN_PORT:-3478}
${TURN_EXTERNAL_IP:+external-ip=$TURN_EXTERNAL_IP}
min-port=49160
max-port=49671
realm=peerlens
fingerprint
use-auth-secret
static-auth-secret=$PEERLENS_TURN_SECRET
# A user is a room: 4 phones and 5 viewers take 40 relays, and as many again while ways are sought
# anew. Each is a port.
user-quota=128
total-quota=512
# Only what browsers need, and only video's way: UDP to the other device.
no-tcp-relay
no-multicast-peers
# Nor what is reached from this computer only, or from the wire that it is on.
denied-peer-ip=0.0.0.0-0.255.255.255
denied-peer-ip=127.0.0.0-127.255.255.255
denied-peer-ip=169.254.0.0-169.254.255.255
denied-peer-ip=::1
denied-peer-ip=::ffff:127.0.0.0-::ffff:127.255.255.255
denied-peer-ip=::ffff:169.254.0.0-::ffff:169.254.255.255
denied-peer-ip=fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff
no-tls
no-dtls
no-cli
no-rfc5780
no-stun-backward-compatibility
response-origin-only-with-rfc5780
log-file=stdout
simple-log
pidfile=/run/coturn/pid
userdb=/run/coturn/db
CONF
unset PEERLENS_TURN_SECRET
exec turnserver -c /run/coturn/turnserver.conf
