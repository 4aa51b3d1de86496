#!/bin/sh
# Makes the password file from the environment, then becomes the broker.
set -eu
DATA="${MOSQUITTO_DATA:-/mosquitto/data}"
CONFIG="${MOSQUITTO_CONFIG:-/mosquitto/config/mosquitto.conf}"

umask 077
{
  printf 'gateway:%s\n' "${GATEWAY_PASSWORD:?}"
  printf 'shop:%s\n' "${SHOP_PASSWORD:?}"
} > "$DATA/passwords.new"
# Hashes the file in place.
mosquitto_passwd -U "$DATA/passwords.new"
mv "$DATA/passwords.new" "$DATA/passwords"
# The broker gives up root before it reads the file.
if [ "$(id -u)" = 0 ]; then chown mosquitto:mosquitto "$DATA/passwords"; fi
unset GATEWAY_PASSWORD SHOP_PASSWORD
exec mosquitto -c "$CONFIG"
