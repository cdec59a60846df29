#!/usr/bin/env bash
# certificates.sh FOLDER: an authority (ca.pem), and what it vouches for: server.pem for localhost, client.pem for
# spiffe://example/till-7; each with its key (.key). For trying things out: who holds ca.key can be anybody.
set -euo pipefail
mkdir -p "$1"
cd "$1"

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

key ca
openssl req -x509 -new -key ca.key -subj '/CN=example authority' -days 7 -out ca.pem

# issue NAME USAGE ALTERNATIVE-NAMES
issue() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 7 -out "$1.pem" \
      -extfile <(printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=%s\nsubjectAltName=%s\n' "$2" "$3") 2>/dev/null
}
issue server serverAuth DNS:localhost,IP:127.0.0.1
issue client clientAuth URI:spiffe://example/till-7
