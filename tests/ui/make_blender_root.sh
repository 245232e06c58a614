#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a Debian trixie root that holds Blender 4.3 and a virtual screen, once per machine, and prints its path.
# It is built under a temporary name and renamed at the end, so that an interrupted build is never taken for a whole one.
# All mounts live in a mount namespace of this script's own: they are gone when it ends, however it ends.
# Exits with code 3, and says why, where the machine cannot have one.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/prnet_face_capture
root=$cache/blender-4.3
packages=(
    blender xvfb xauth imagemagick python3-numpy             # the window, the screen, the screenshots
    libgl1-mesa-dri libegl-mesa0                             # OpenGL in software
)

if [ "${1:-}" != --inside ]; then
    [ "$(id -u)" = 0 ] || { echo "needs root, to debootstrap and chroot" >&2; exit 3; }
    command -v apt-get >/dev/null || { echo "needs a Debian system" >&2; exit 3; }
    unshare --mount --propagation private --pid --fork true || { echo "needs the right to mount" >&2; exit 3; }
    [ -d "$root" ] && { echo "$root"; exit; }
    exec unshare --mount --propagation private -- "$0" --inside
fi

mkdir -p "$cache"
exec 9>"$cache/blender-4.3.lock"
flock 9  # two checkouts may build at the same time: the second one waits and finds the first one's
[ -d "$root" ] && { echo "$root"; exit; }

export DEBIAN_FRONTEND=noninteractive
{
    command -v debootstrap || { apt-get update && apt-get install -y --no-install-recommends debootstrap; }
    partial=$root.partial
    rm -rf --one-file-system "$partial"
    debootstrap --variant=minbase trixie "$partial"
    mount --bind /proc "$partial/proc"
    mount --rbind /dev "$partial/dev"
    chroot "$partial" apt-get install -y --no-install-recommends "${packages[@]}"
    chroot "$partial" apt-get clean
    chroot "$partial" blender --version
    umount --lazy "$partial/dev" "$partial/proc"
    mv "$partial" "$root"
} >&2
echo "$root"
