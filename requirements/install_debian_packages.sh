#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what the Makefile's environments need from Debian. Does nothing where all is there; elsewhere than
# on Debian, or without root, it names what to install and goes on.
set -euo pipefail
command -v dpkg-query >/dev/null || exit 0

wanted=(  # the libraries that the bpy module links to
    libegl1 libgl1 libopengl0 libice6 libsm6 libx11-6 libxext6 libxfixes3 libxi6 libxkbcommon0 libxrender1 libxt6
    libxxf86vm1 libgomp1
)
command -v python3.11 >/dev/null || wanted+=(python3.11)
python3.11 -c "import ensurepip" 2>/dev/null || wanted+=(python3.11-venv)

missing=()
for package in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "These Debian packages are needed and missing (install them as root): ${missing[*]}" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q || true  # a source of the machine's own that does not answer is no reason to stop
apt-get install -y -q --no-install-recommends "${missing[@]}"
