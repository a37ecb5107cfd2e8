#!/usr/bin/env bash
# Signs Eventglass.app, has it notarised, and packs it into a disk image.
#
#     packaging/macos/make_dmg.sh EVENTGLASS.APP OUT
#
# Without an identity the app gets an ad-hoc signature: it runs, after a click on "Open Anyway" in
# the system's settings. For a real one set
#
#     EVENTGLASS_CODESIGN_IDENTITY   "Developer ID Application: …", in a keychain that is unlocked
#     EVENTGLASS_NOTARY_PROFILE      made with: xcrun notarytool store-credentials
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd -- "$HERE/../.." && pwd)
[ $# -eq 2 ] || { sed -n '4p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[ "$(uname -s)" = Darwin ] || { echo "a disk image is made on macOS only" >&2; exit 1; }
APP=$(cd -- "$1" && pwd)
mkdir -p -- "$2"
OUT=$(cd -- "$2" && pwd)
VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$ROOT/pyproject.toml" | head -n 1)
DMG="$OUT/eventglass-$VERSION-macos-$(uname -m).dmg"
IDENTITY=${EVENTGLASS_CODESIGN_IDENTITY:--}

sign() {
    local how=(--force --sign "$IDENTITY")
    [ "$IDENTITY" = - ] || how+=(--options runtime --timestamp)
    codesign "${how[@]}" "$@"
}

# From the inside out: every library, then the app with what it may do.
find "$APP/Contents" -type f \( -name '*.dylib' -o -name '*.so' \) -print0 |
    while IFS= read -r -d '' library; do sign "$library"; done
find "$APP/Contents" -type d -name '*.framework' -prune -print0 |
    while IFS= read -r -d '' framework; do sign "$framework"; done
sign --entitlements "$HERE/entitlements.plist" "$APP"
codesign --verify --deep --strict "$APP"

STAGE=$(mktemp -d)
trap 'rm -rf -- "$STAGE"' EXIT
ditto "$APP" "$STAGE/Eventglass.app"
ln -s /Applications "$STAGE/Applications"
rm -f -- "$DMG"
hdiutil create -quiet -volname Eventglass -srcfolder "$STAGE" -fs HFS+ -format UDZO -imagekey zlib-level=9 "$DMG"

if [ "$IDENTITY" != - ]; then
    codesign --force --sign "$IDENTITY" --timestamp "$DMG"
fi
if [ -n "${EVENTGLASS_NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$DMG" --keychain-profile "$EVENTGLASS_NOTARY_PROFILE" --wait
    xcrun stapler staple "$DMG"
    spctl --assess --type open --context context:primary-signature "$DMG"
else
    echo "Not notarised: EVENTGLASS_NOTARY_PROFILE is not set" >&2
fi
(cd -- "$OUT" && shasum -a 256 "$(basename -- "$DMG")" >"$(basename -- "$DMG").sha256")
echo "$DMG"
