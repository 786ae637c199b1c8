#!/bin/sh
# SM2 with SM3 (GB/T 32918.2, GB/T 32905) beside the Ed25519 signature of a checkpoint, by OpenSSL 3 or later.
#
#   openssl genpkey -algorithm SM2 -out sm2.pem; openssl pkey -in sm2.pem -pubout -out sm2.pub
#   HUISHENG_AUDIT_EXTRA="scripts/samples/sm2.sh sign sm2.pem street.example/sm2"     one more line per checkpoint
#   scripts/samples/sm2.sh verify sm2.pub street.example/sm2 checkpoint.txt           exit 0 where it holds
#
# The line is a signed-note line: 4 bytes of key id, then the signature in DER. The id is the first 4 bytes of
# SHA-256(name, 0A, FF, "sm2-sm3", public key in DER): type FF, as signed-note leaves it to types of one's own.
set -eu
LC_ALL=C
export LC_ALL
what=$1 key=$2 name=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

options="-rawin -digest sm3 -pkeyopt distid:1234567812345678"

key_id() {
    { printf '%s\n\377sm2-sm3' "$name"; cat "$work/public"; } | openssl dgst -sha256 -binary | head -c 4
}

case $what in
sign)
    cat >"$work/text"
    openssl pkey -in "$key" -pubout -outform DER -out "$work/public"
    # shellcheck disable=SC2086
    openssl pkeyutl -sign -inkey "$key" $options -in "$work/text" -out "$work/signature"
    key_id >"$work/blob"
    cat "$work/signature" >>"$work/blob"
    printf '— %s %s\n' "$name" "$(openssl base64 -A -in "$work/blob")"
    ;;
verify)
    openssl pkey -pubin -in "$key" -outform DER -out "$work/public"
    sed '/^$/,$d' "$4" >"$work/text"
    line=$(sed '1,/^$/d' "$4" | grep -F -- "— $name " || true)
    [ -n "$line" ] || { echo "$4 carries no line of $name" >&2; exit 1; }
    printf '%s' "${line##* }" | openssl base64 -d -A >"$work/blob"
    key_id >"$work/id"
    head -c 4 "$work/blob" | cmp -s - "$work/id" || { echo "the line is of another key" >&2; exit 1; }
    tail -c +5 "$work/blob" >"$work/signature"
    # shellcheck disable=SC2086
    openssl pkeyutl -verify -pubin -inkey "$key" $options -in "$work/text" -sigfile "$work/signature"
    ;;
*)
    echo "sign KEY NAME, or verify PUBLIC NAME CHECKPOINT" >&2
    exit 2
    ;;
esac
