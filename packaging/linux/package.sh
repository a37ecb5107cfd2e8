#!/usr/bin/env bash
# Packs the one-folder program for Linux.
#
#     packaging/linux/package.sh deb|tarball|appdir BUNDLE OUT
#
# BUNDLE is what packaging/bundle/build.py made; the package is written into the folder OUT, with
# its checksum. The same bundle and the same commit give the same package, byte for byte.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd -- "$HERE/../.." && pwd)
[ $# -eq 3 ] || { sed -n '3,5p' "${BASH_SOURCE[0]}" >&2; exit 2; }
KIND=$1
BUNDLE=$(cd -- "$2" && pwd)
mkdir -p -- "$3"
OUT=$(cd -- "$3" && pwd)

VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$ROOT/pyproject.toml" | head -n 1)
ICONS="$ROOT/build/icons"
: "${SOURCE_DATE_EPOCH:=$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
DATE=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)
MACHINE=$(uname -m)

STAGE=$(mktemp -d)
trap 'rm -rf -- "$STAGE"' EXIT
umask 022

# Lay out a `share` folder: menu entry, MIME types, icons, man page, metadata, thumbnailer.
stage_share() {
    local share=$1
    install -Dm644 "$HERE/eventglass.desktop" "$share/applications/eventglass.desktop"
    install -Dm644 "$HERE/eventglass-mime.xml" "$share/mime/packages/eventglass.xml"
    install -Dm644 "$HERE/eventglass.thumbnailer" "$share/thumbnailers/eventglass.thumbnailer"
    mkdir -p "$share/metainfo" "$share/man/man1" "$share/icons"
    filled "$HERE/eventglass.metainfo.xml" >"$share/metainfo/org.eventglass.Eventglass.metainfo.xml"
    filled "$HERE/eventglass.1" | gzip -9n >"$share/man/man1/eventglass.1.gz"
    cp -r -- "$ICONS/hicolor" "$share/icons/hicolor"
}

filled() { sed -e "s/@VERSION@/$VERSION/g" -e "s/@DATE@/$DATE/g" "$1"; }

# Copy the bundle; programs and libraries keep their mode, all else is plain.
stage_bundle() {
    mkdir -p -- "$1"
    cp -a --no-preserve=ownership -- "$BUNDLE/." "$1"
    find "$1" -type d -exec chmod 755 {} +
    find "$1" -type f ! -name eventglass -exec chmod 644 {} +
    chmod 755 "$1/eventglass"
}

# All files get the date of the commit.
freeze_dates() { find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }

# The highest version of a symbol set, such as GLIBC, that the bundle asks for.
highest_symbol() {
    find "$BUNDLE" -type f \( -name '*.so*' -o -name eventglass \) -print0 |
        xargs -0 grep -ahoE "\b$1_[0-9]+(\.[0-9]+)+" | sort -uV | tail -n 1 | cut -d_ -f2
}

checksum() { (cd -- "$OUT" && sha256sum -- "$1" >"$1.sha256"); }

# What the bundle leaves to the system. Where names differ, Debian 12 and Ubuntu 22.04 stand first.
DEPENDS="libstdc++6 (>= 11), libgcc-s1, zlib1g, libgl1, libegl1, libgl1-mesa-dri, libopengl0,
 libfontconfig1, libfreetype6, libexpat1, libx11-6, libx11-xcb1, libxcb1, libxext6, libdrm2,
 libasound2 | libasound2t64, shared-mime-info, desktop-file-utils, hicolor-icon-theme"
RECOMMENDS="libwayland-client0, libwayland-cursor0, libwayland-egl1, libpulse0, libva2, libva-drm2, libva-x11-2"

make_deb() {
    local tree="$STAGE/tree" arch package size
    case "$MACHINE" in x86_64) arch=amd64 ;; aarch64) arch=arm64 ;; *) arch=$MACHINE ;; esac
    stage_bundle "$tree/usr/lib/eventglass"
    stage_share "$tree/usr/share"
    mkdir -p "$tree/usr/bin" "$tree/usr/share/doc/eventglass" "$tree/DEBIAN"
    ln -s ../lib/eventglass/eventglass "$tree/usr/bin/eventglass"
    mv -- "$tree/usr/lib/eventglass/licences" "$tree/usr/share/doc/eventglass/licences"
    ln -s ../../share/doc/eventglass/licences "$tree/usr/lib/eventglass/licences"
    cp -- "$ROOT/LICENSE" "$tree/usr/share/doc/eventglass/copyright"
    gzip -9nc "$ROOT/CHANGELOG.md" >"$tree/usr/share/doc/eventglass/changelog.gz"
    size=$(du -sk --apparent-size "$tree" | cut -f1)
    cat >"$tree/DEBIAN/control" <<TEXT
Package: eventglass
Version: $VERSION
Architecture: $arch
Maintainer: The Eventglass authors <eventglass@localhost>
Installed-Size: $size
Depends: libc6 (>= $(highest_symbol GLIBC)), $DEPENDS
Recommends: $RECOMMENDS
Section: science
Priority: optional
Description: look at TensorBoard logs offline, on the desktop
 Eventglass opens the log directory of a training run, or an archive of it, and
 shows everything in it: scalars, histograms, images, audio, text, graphs and
 more. Every point is there, nothing is sampled away.
 .
 It needs no server, no browser, no TensorFlow and no network, and brings the
 Python and Qt that it runs on.
TEXT
    (cd -- "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    freeze_dates "$tree"
    package="eventglass_${VERSION}_$arch.deb"
    dpkg-deb --root-owner-group -Zxz -z6 --build "$tree" "$OUT/$package" >/dev/null
    checksum "$package"
    echo "$OUT/$package"
}

make_tarball() {
    local name="eventglass-$VERSION-linux-$MACHINE" tree
    tree="$STAGE/$name"
    stage_bundle "$tree/program"
    stage_share "$tree/share"
    install -m755 "$HERE/install.sh" "$HERE/uninstall.sh" "$tree/"
    sed "s/@GLIBC@/$(highest_symbol GLIBC)/" "$HERE/README-tarball.txt" >"$tree/README.txt"
    install -m644 "$ROOT/LICENSE" "$tree/LICENSE.txt"
    freeze_dates "$tree"
    tar --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -C "$STAGE" -cf - "$name" |
        xz -6 -T0 >"$OUT/$name.tar.xz"
    checksum "$name.tar.xz"
    echo "$OUT/$name.tar.xz"
}

# The folder that appimagetool makes an AppImage of.
make_appdir() {
    local tree="$OUT/Eventglass.AppDir"
    rm -rf -- "$tree"
    stage_bundle "$tree/usr/lib/eventglass"
    stage_share "$tree/usr/share"
    # appimagetool finds the metadata under this older name only.
    mv -- "$tree/usr/share/metainfo/org.eventglass.Eventglass.metainfo.xml" \
        "$tree/usr/share/metainfo/eventglass.appdata.xml"
    cp -- "$HERE/eventglass.desktop" "$tree/eventglass.desktop"
    cp -- "$ICONS/hicolor/256x256/apps/eventglass.png" "$tree/eventglass.png"
    ln -s eventglass.png "$tree/.DirIcon"
    ln -s usr/lib/eventglass/eventglass "$tree/AppRun"
    freeze_dates "$tree"
    echo "$tree"
}

case "$KIND" in
    deb) make_deb ;;
    tarball) make_tarball ;;
    appdir) make_appdir ;;
    *) sed -n '3,5p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
