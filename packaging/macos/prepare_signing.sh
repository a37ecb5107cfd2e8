#!/usr/bin/env bash
# Puts the certificate of a release into a keychain of its own and stores the notary's credentials.
# Prints the two settings that make_dmg.sh reads; nothing where no certificate is given.
set -euo pipefail

[ -n "${CERTIFICATE:-}" ] || { echo "No certificate: the app will be signed ad hoc" >&2; exit 0; }
KEYCHAIN="$HOME/Library/Keychains/eventglass-release.keychain-db"
PASSWORD=$(openssl rand -hex 16)
FILE=$(mktemp)
trap 'rm -f -- "$FILE"' EXIT
printf '%s' "$CERTIFICATE" | base64 --decode >"$FILE"
{
    security create-keychain -p "$PASSWORD" "$KEYCHAIN"
    security set-keychain-settings -lut 21600 "$KEYCHAIN"
    security unlock-keychain -p "$PASSWORD" "$KEYCHAIN"
    security import "$FILE" -P "${CERTIFICATE_PASSWORD:-}" -f pkcs12 -T /usr/bin/codesign -k "$KEYCHAIN"
    security set-key-partition-list -S apple-tool:,apple: -s -k "$PASSWORD" "$KEYCHAIN"
    security list-keychains -d user -s "$KEYCHAIN" login.keychain-db
} >/dev/null
identity=$(security find-identity -v -p codesigning "$KEYCHAIN" | sed -n 's/.*"\(Developer ID Application: .*\)"/\1/p' | head -n 1)
[ -n "$identity" ] || { echo "the certificate holds no Developer ID Application" >&2; exit 1; }
echo "EVENTGLASS_CODESIGN_IDENTITY=$identity"
if [ -n "${NOTARY_APPLE_ID:-}" ]; then
    xcrun notarytool store-credentials eventglass --apple-id "$NOTARY_APPLE_ID" \
        --password "$NOTARY_PASSWORD" --team-id "$NOTARY_TEAM" >&2
    echo "EVENTGLASS_NOTARY_PROFILE=eventglass"
fi
