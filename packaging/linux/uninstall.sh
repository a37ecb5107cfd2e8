#!/bin/sh
# Removes what install.sh installed, and nothing else; settings and logs are left alone.
#
#     ./uninstall.sh [--prefix DIR] [--quiet]
set -eu

here=$(cd -- "$(dirname -- "$0")" && pwd)
prefix=
quiet=
while [ $# -gt 0 ]; do
    case "$1" in
        --prefix) [ $# -gt 1 ] || { echo "--prefix needs a folder" >&2; exit 2; }; prefix=$2; shift 2 ;;
        --prefix=*) prefix=${1#--prefix=}; shift ;;
        --quiet) quiet=1; shift ;;
        *) sed -n '4s/^# *//p' "$0"; exit 2 ;;
    esac
done
if [ -z "$prefix" ]; then
    # The copy that was installed lies in what it removes.
    if [ -e "$here/installed.txt" ]; then prefix=$(cd -- "$here/../.." && pwd); else prefix=${HOME:?}/.local; fi
fi
program=$prefix/lib/eventglass
list=$program/installed.txt
if [ ! -e "$list" ]; then
    echo "Eventglass is not installed in $program" >&2
    exit 1
fi

cd /
share=
while IFS= read -r file; do
    rm -f -- "$file"
    case "$file" in */mime/packages/eventglass.xml) share=${file%/mime/packages/eventglass.xml} ;; esac
done <"$list"

refresh() { ! command -v "$1" >/dev/null 2>&1 || "$@" >/dev/null 2>&1 || true; }
if [ -n "$share" ]; then
    refresh update-mime-database "$share/mime"
    refresh update-desktop-database "$share/applications"
fi
# Folders that are empty now go too; those of the types stay, their tables are in them.
while IFS= read -r file; do
    case "$file" in */mime/packages/*) continue ;; esac
    folder=${file%/*}
    while [ "$folder" != "$share" ] && rmdir -- "$folder" 2>/dev/null; do folder=${folder%/*}; done
done <"$list"
rm -rf -- "$program"
rmdir -- "$prefix/lib" "$prefix/bin" 2>/dev/null || true

[ -n "$quiet" ] || echo "Eventglass is removed. Its settings stay in ${XDG_CONFIG_HOME:-~/.config}/eventglass."
