#!/bin/sh
# Installs Eventglass for the user who runs this; needs no administrator.
#
#     ./install.sh [--prefix DIR]
#
# DIR is ~/.local when left out. What is installed is written down in
# DIR/lib/eventglass/installed.txt, by which uninstall.sh takes it away again.
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
prefix=
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) [ $# -gt 1 ] || { echo "--prefix needs a folder" >&2; exit 2; }; prefix=$2; shift 2 ;;
        --prefix=*) prefix=${1#--prefix=}; shift ;;
        *) sed -n '4,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
done
[ -n "$prefix" ] || prefix=${HOME:?HOME is not set; use --prefix}/.local
mkdir -p -- "$prefix"
prefix=$(cd -- "$prefix" && pwd)
program=$prefix/lib/eventglass
# Without a prefix of one's own the desktop's files go where this desktop looks.
share=$prefix/share
[ "$prefix" != "${HOME:-}/.local" ] || share=${XDG_DATA_HOME:-$share}

if [ -d "$program" ]; then
    if [ ! -e "$program/installed.txt" ] && [ -n "$(ls -A "$program")" ]; then
        echo "$program is there and was not made by this script; nothing was changed" >&2
        exit 1
    fi
    [ ! -e "$program/installed.txt" ] || sh "$here/uninstall.sh" --quiet --prefix "$prefix"
fi

mkdir -p -- "$program" "$prefix/bin" "$share"
# A name that is removed on failure, so that nothing half installed stays.
failed() { echo "Installing failed; removing what was copied" >&2; sh "$here/uninstall.sh" --quiet --prefix "$prefix" || true; }
list=$program/installed.txt
: >"$list"
trap failed EXIT
cp -R -- "$here/program/." "$program/"
cp -- "$here/uninstall.sh" "$program/uninstall.sh"

if [ -e "$prefix/bin/eventglass" ] && [ ! -L "$prefix/bin/eventglass" ]; then
    echo "$prefix/bin/eventglass is there already and is left alone" >&2
else
    ln -sf -- "$program/eventglass" "$prefix/bin/eventglass"
    printf '%s\n' "$prefix/bin/eventglass" >>"$list"
fi

# A path as a desktop entry wants it: quoted, and each sign that means something marked.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed -e 's/[\\"`$]/\\&/g' -e 's/\\/\\\\/g' -e 's/%/%%/g')"; }
# A text as sed wants it on the right side.
literal() { printf '%s' "$1" | sed -e 's/[\\&|]/\\&/g'; }
command=$(literal "$(quoted "$program/eventglass")")
try=$(literal "$(printf '%s' "$program/eventglass" | sed -e 's/\\/\\\\/g')")

cd -- "$here/share"
find . -type f | sed 's|^\./||' | while IFS= read -r file; do
    mkdir -p -- "$share/$(dirname -- "$file")"
    case "$file" in
        *.desktop | *.thumbnailer)
            sed -e "s|^TryExec=.*|TryExec=$try|" -e "s|^Exec=eventglass|Exec=$command|" "$file" >"$share/$file" ;;
        *) cp -- "$file" "$share/$file" ;;
    esac
    printf '%s\n' "$share/$file" >>"$list"
done

refresh() { ! command -v "$1" >/dev/null 2>&1 || "$@" >/dev/null 2>&1 || true; }
refresh update-mime-database "$share/mime"
refresh update-desktop-database "$share/applications"
refresh gtk-update-icon-cache -qt "$share/icons/hicolor"
trap - EXIT

echo "Eventglass is installed in $program"
case ":${PATH:-}:" in
    *":$prefix/bin:"*) echo "Start it from the menu, or with: eventglass" ;;
    *) echo "Start it from the menu, or with: $prefix/bin/eventglass" ;;
esac
echo "To remove it: sh '$program/uninstall.sh'"
