#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run_in_blender_root.sh ROOT FOLDER SHARED COMMAND…: runs COMMAND inside ROOT, on a virtual screen of its own.
# FOLDER (kept: the test's files) and each path of the colon-separated SHARED appear inside at the same paths.
# There is no network inside. Mounts and processes live in namespaces of this script's own: all are gone when it ends, however it ends.
set -euo pipefail

if [ "$1" != --inside ]; then
    exec unshare --mount --propagation private --net --pid --fork --kill-child -- "$0" --inside "$@"
fi
root=$2 folder=$3 shared=$4
shift 4

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
IFS=: read -ra paths <<<"$shared"
for path in "$folder" "${paths[@]}"; do
    if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$root${path%/*}" && touch "$root$path"; fi
    mount --bind "$path" "$root$path"
done

# Xvfb tells the number of its display; the command's exit code is this script's.
chroot "$root" env -i HOME="$folder" PATH=/usr/bin:/bin LANG=C.UTF-8 LIBGL_ALWAYS_SOFTWARE=1 \
    BLENDER_USER_RESOURCES="$folder/resources" \
    OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0 \
    bash -euc '
        mkfifo /tmp/display
        Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>/tmp/display 2>/tmp/xvfb.log &
        read -r number </tmp/display
        cd "$1"; shift
        DISPLAY=:$number "$@"
    ' -- "$folder" "$@"
