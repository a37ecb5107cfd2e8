#!/usr/bin/env bash
# Installs what building and trying the Linux packages needs, on Debian or Ubuntu; needs root.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# The libraries of the first lines go into the bundle or are linked by what does.
apt-get -qq install -y --no-install-recommends \
    libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxkbcommon-x11-0 libgl1 libegl1 libopengl0 \
    libgl1-mesa-dri libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 \
    libxcb-render-util0 libxcb-render0 libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 \
    libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libpulse0 libxrandr2 libdrm2 libasound2 \
    libwayland-client0 libwayland-cursor0 libwayland-egl1 \
    gcc libc6-dev binutils xz-utils \
    debootstrap xvfb xdotool imagemagick strace util-linux iproute2
