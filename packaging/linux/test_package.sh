#!/usr/bin/env bash
# Tries a package in a bare Debian 12 that has neither Python nor Qt.
#
#     packaging/linux/test_package.sh PACKAGE.deb|PACKAGE.tar.xz [PICTURES]
#
# Installs it, asks for the type of an event file, lets every command and the window run for an
# ordinary user, removes it and looks for what was left. Needs root, debootstrap, Xvfb, xdotool and
# a Debian mirror; PICTURES is a folder for what the window looked like. The last line is a report.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd -- "$HERE/../.." && pwd)
[ $# -ge 1 ] || { sed -n '4p' "${BASH_SOURCE[0]}"; exit 2; }
PACKAGE=$(readlink -f -- "$1")
PICTURES=$(readlink -m -- "${2:-$ROOT/build/packages/pictures}")
SUITE=${EVENTGLASS_TEST_SUITE:-bookworm}
CACHE=$ROOT/build/bare-$SUITE.tar
mkdir -p -- "$PICTURES" "$ROOT/build"

say() { printf '%s\n' "$*" >&2; }
die() { say "FAILED: $*"; exit 1; }
[ "$(id -u)" = 0 ] || die "a chroot needs root"
for tool in debootstrap chroot Xvfb xdotool import; do
    command -v "$tool" >/dev/null || die "$tool is missing; see packaging/README.md"
done

JAIL=$(mktemp -d "${TMPDIR:-/tmp}/eventglass-bare.XXXXXX")
display_pid=
clean_up() {
    [ -z "$display_pid" ] || kill "$display_pid" 2>/dev/null || true
    umount "$JAIL/proc" 2>/dev/null || true
    rm -rf --one-file-system -- "$JAIL"
}
trap clean_up EXIT

# --- a bare system --------------------------------------------------------------------------------

mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1 | tr -d ' '
}
if [ ! -e "$CACHE" ]; then
    say "Making a bare $SUITE (kept in ${CACHE#"$ROOT/"})"
    source=${EVENTGLASS_TEST_MIRROR:-$(mirror || true)}
    # Without a source debootstrap takes the one it knows.
    debootstrap --variant=minbase "$SUITE" "$JAIL" ${source:+"$source"} >"$CACHE.log" 2>&1 ||
        { tail -n 3 "$CACHE.log" >&2; die "debootstrap"; }
    tar -C "$JAIL" -cf "$CACHE.new" . && mv -- "$CACHE.new" "$CACHE"
else
    tar -C "$JAIL" -xf "$CACHE"
fi
[ ! -e /etc/resolv.conf ] || cp -L -- /etc/resolv.conf "$JAIL/etc/resolv.conf"
mount -t proc proc "$JAIL/proc"
inside() { chroot "$JAIL" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }
inside apt-get -qq update
no_python() { ! inside sh -c 'command -v python3 || command -v python' >/dev/null; }
no_python || die "the bare system has a Python"

USER_HOME="/home/Änne O'Neil"
inside useradd --uid 4711 --no-create-home --home-dir "$USER_HOME" --shell /bin/sh visitor
install -d -o 4711 -g 4711 "$JAIL$USER_HOME" "$JAIL/run/user/4711"
chmod 700 "$JAIL/run/user/4711"
as_user() {
    chroot --userspec=4711:4711 "$JAIL" env -i PATH="$USER_HOME/.local/bin:/usr/bin:/bin" HOME="$USER_HOME" \
        XDG_RUNTIME_DIR=/run/user/4711 LC_ALL=C.UTF-8 "$@"
}

# --- install --------------------------------------------------------------------------------------

# What a desktop has anyway; timed apart, because it is not in the package.
DEPENDS=$(sed -n '/^DEPENDS="/,/"$/p' "$HERE/package.sh" | tr -d '\n' | cut -d'"' -f2)
case "$PACKAGE" in
    *.deb)
        DEPENDS=$(dpkg-deb -f "$PACKAGE" Depends)
        ;;
esac
say "Installing what the system has to bring"
inside apt-get -qq satisfy -y --no-install-recommends "$DEPENDS" >"$JAIL/tmp/apt.log" 2>&1 ||
    { tail -n 5 "$JAIL/tmp/apt.log" >&2; die "the dependencies cannot be had"; }
inside apt-get -qq clean
no_python || die "the dependencies bring a Python"
# What asks for file types later on.
inside apt-get -qq install -y --no-install-recommends libglib2.0-bin xdg-utils >>"$JAIL/tmp/apt.log" 2>&1
listing() { (cd -- "$JAIL" && find . -xdev \( -path ./proc -o -path ./tmp -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \) -prune -o -print) | sort; }
listing >"$JAIL/tmp/before"

now_ms() { date +%s%3N; }
begun=$(now_ms)
case "$PACKAGE" in
    *.deb)
        cp -- "$PACKAGE" "$JAIL/tmp/package.deb"
        begun=$(now_ms)
        inside dpkg -i /tmp/package.deb >"$JAIL/tmp/dpkg.log" 2>&1 || { cat "$JAIL/tmp/dpkg.log" >&2; die "dpkg -i"; }
        SHARE=/usr/share
        PROGRAM=/usr/lib/eventglass
        ;;
    *)
        tar -C "$JAIL/tmp" -xf "$PACKAGE"
        UNPACKED=/tmp/$(cd -- "$JAIL/tmp" && echo eventglass-*-linux-*)
        chown -R 4711:4711 "$JAIL$UNPACKED"
        as_user "$UNPACKED/program/eventglass" --version >/dev/null || die "it does not run where it was unpacked"
        as_user sh "$UNPACKED/install.sh" >&2 || die "install.sh"
        rm -rf -- "${JAIL:?}$UNPACKED"
        SHARE="$USER_HOME/.local/share"
        PROGRAM="$USER_HOME/.local/lib/eventglass"
        ;;
esac
install_ms=$(($(now_ms) - begun))
size_kb=$(du -sk --apparent-size "$JAIL$PROGRAM" | cut -f1)
say "Installed in $install_ms ms, $size_kb KB"

# --- the desktop's side ---------------------------------------------------------------------------

for file in applications/eventglass.desktop mime/packages/eventglass.xml man/man1/eventglass.1.gz \
    icons/hicolor/16x16/apps/eventglass.png icons/hicolor/512x512/apps/eventglass.png \
    icons/hicolor/scalable/apps/eventglass.svg icons/hicolor/48x48/mimetypes/application-x-tfevents.png \
    metainfo/org.eventglass.Eventglass.metainfo.xml thumbnailers/eventglass.thumbnailer; do
    [ -e "$JAIL$SHARE/$file" ] || die "$file is not installed"
done
SAMPLE="$PROGRAM/_internal/eventglass/resources/sample"
EVENTS=$(cd -- "$JAIL$SAMPLE" && find . -name 'events.out.tfevents.*' -size +4k | sort | head -n 1)
EVENTS="$SAMPLE/${EVENTS#./}"
cp -- "$JAIL$EVENTS" "$JAIL/tmp/renamed"
cp -- "$JAIL$EVENTS" "$JAIL/tmp/tfevents.zip"
printf 'PK\003\004' >"$JAIL/tmp/tfevents.zip"
echo '{}' >"$JAIL/tmp/a.eventglass"
chmod a+r "$JAIL/tmp/renamed"
type_is() {
    local found
    found=$(as_user gio info -a standard::content-type "$2" | sed -n 's/.*content-type: //p')
    [ "$found" = "$1" ] || die "$2 is of type '$found', not $1"
}
type_is application/x-tfevents "$EVENTS"
type_is application/x-tfevents /tmp/renamed
type_is application/x-eventglass /tmp/a.eventglass
type_is application/zip /tmp/tfevents.zip
found=$(as_user XDG_CURRENT_DESKTOP=GNOME xdg-mime query filetype "$EVENTS")
[ "$found" = application/x-tfevents ] || die "xdg-mime says '$found'"
# Not xdg-mime: it cannot cope with the blanks in this user's home.
as_user gio mime application/x-tfevents >"$JAIL/tmp/openers" 2>&1 || true
grep -q 'Default .*eventglass.desktop' "$JAIL/tmp/openers" || { cat "$JAIL/tmp/openers" >&2; die "event files are opened with something else"; }
say "Event files are known by name and by content, and open with Eventglass"

# --- commands -------------------------------------------------------------------------------------

COMMAND=eventglass
as_user "$COMMAND" --version >&2
as_user "$COMMAND" inspect "$SAMPLE" --json >"$JAIL/tmp/inspect.json"
grep -q '"kind": *"scalar"' "$JAIL/tmp/inspect.json" || die "inspect"
as_user "$COMMAND" export "$SAMPLE" --out "$USER_HOME/points.csv" 2>/dev/null
rows=$(wc -l <"$JAIL$USER_HOME/points.csv")
[ "$rows" -gt 5000 ] || die "export wrote $rows lines"
NAME=$(basename -- "$PACKAGE")
for theme in light dark; do
    as_user "$COMMAND" snapshot "$SAMPLE" --view scalars --theme "$theme" --out "$USER_HOME/$theme.png" ||
        die "snapshot"
    cp -- "$JAIL$USER_HOME/$theme.png" "$PICTURES/${NAME%%_*}-snapshot-$theme.png"
done
colours=$(identify -format '%k' "$JAIL$USER_HOME/light.png")
[ "$colours" -gt 500 ] || die "the picture has $colours colours"
as_user "$COMMAND" --thumbnail "$EVENTS" "$USER_HOME/thumbnail.png" 128 || die "the thumbnail"
[ "$(identify -format '%w' "$JAIL$USER_HOME/thumbnail.png")" -le 128 ] || die "the thumbnail is too large"
as_user QT_DEBUG_PLUGINS=1 "$COMMAND" snapshot "$SAMPLE" --view audio --out "$USER_HOME/audio.png" >"$JAIL/tmp/plugins" 2>&1 || true
grep -q 'libffmpegmediaplugin.so" loaded library' "$JAIL/tmp/plugins" || die "the sound does not load"
as_user "$COMMAND" --projector-worker </dev/null >/dev/null || die "the worker for projections"
say "inspect, export ($rows lines), snapshot ($colours colours), thumbnail, sound and worker work"

# --- the window -----------------------------------------------------------------------------------

# The display's socket is an abstract one: reachable without a mount.
for number in $(seq 340 380); do
    [ -e "/tmp/.X$number-lock" ] || break
done
Xvfb ":$number" -screen 0 1600x1000x24 -nolisten tcp -noreset >/dev/null 2>&1 &
display_pid=$!
export DISPLAY=":$number"
for _ in $(seq 100); do xdotool getmouselocation >/dev/null 2>&1 && break; sleep 0.05; done

# Start the window, wait until it is drawn, close it; prints the milliseconds until it was shown.
window_once() {
    local begun shown pid
    begun=$(now_ms)
    as_user DISPLAY="$DISPLAY" "$@" >"$JAIL/tmp/window.log" 2>&1 &
    pid=$!
    # Not --sync: it looks twice a second only.
    until xdotool search --onlyvisible --name Eventglass >/dev/null 2>&1; do
        [ $(($(now_ms) - begun)) -lt 60000 ] || { cat "$JAIL/tmp/window.log" >&2; die "no window came"; }
        sleep 0.01
    done
    shown=$(now_ms)
    if [ -n "${keep_picture:-}" ]; then sleep 3; import -window root "$keep_picture"; fi
    sleep 0.5
    kill -INT "$(pgrep -n -U 4711 -x eventglass)" 2>/dev/null || kill "$pid"
    wait "$pid" || true
    echo $((shown - begun))
}
keep_picture="$PICTURES/${NAME%%_*}-window.png" window_once "$COMMAND" "$SAMPLE" >/dev/null
colours=$(identify -format '%k' "$PICTURES/${NAME%%_*}-window.png")
[ "$colours" -gt 500 ] || die "the window has $colours colours"
times=()
for _ in 1 2 3 4 5; do times+=("$(window_once "$COMMAND" "$SAMPLE")"); done
window_ms=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p)
bare_ms=$(printf '%s\n' "$(window_once "$COMMAND")" "$(window_once "$COMMAND")" "$(window_once "$COMMAND")" | sort -n | sed -n 2p)
if grep -q Traceback "$JAIL/tmp/window.log"; then cat "$JAIL/tmp/window.log" >&2; die "something went wrong in the window"; fi
say "Window shown after ${times[*]} ms (with the sample), $bare_ms ms (without a log)"

# --- removal --------------------------------------------------------------------------------------

case "$PACKAGE" in
    *.deb) inside dpkg -r eventglass >/dev/null || die "dpkg -r" ;;
    *) as_user sh "$PROGRAM/uninstall.sh" >&2 || die "uninstall.sh" ;;
esac
rm -rf -- "$JAIL$USER_HOME"/*.csv "$JAIL$USER_HOME"/*.png
[ ! -e "$JAIL$PROGRAM" ] || die "$PROGRAM is left"
listing >"$JAIL/tmp/after"
# What is kept for the user, caches of others, and what the test itself put in.
left=$(comm -13 "$JAIL/tmp/before" "$JAIL/tmp/after" |
    grep -vE "^\./(home/[^/]*/\.(config|cache|local/share/eventglass)|run/user|root|var/lib/apt|etc/apt|home/[^/]*/\.local(/share|/state)?$|home/[^/]*/\.local/state)" || true)
left=$(printf '%s\n' "$left" | grep -vE '/(mime|applications)(/[^/]*(cache|globs2?|magic|XMLnamespaces|aliases|subclasses|icons|generic-icons|types|treemagic|version|packages))?$|/mime/(application|inode|text|image)$' | grep . || true)
[ -z "$left" ] || { printf '%s\n' "$left" >&2; die "something was left behind"; }
if inside sh -c 'grep -qs x-tfevents /usr/share/mime/globs2'; then die "the file type is still known"; fi
say "Removed without a trace"
printf '{"package": "%s", "package_mb": %s, "installed_mb": %s, "install_s": %s, "window_ms": [%s], "window_ms_median": %s, "window_without_log_ms": %s}\n' \
    "$NAME" "$(stat -c %s "$PACKAGE" | awk '{printf "%.1f", $1/1e6}')" "$(awk "BEGIN{printf \"%.1f\", $size_kb*1.024/1000}")" \
    "$(awk "BEGIN{printf \"%.1f\", $install_ms/1000}")" "$(IFS=,; echo "${times[*]}")" "$window_ms" "$bare_ms"
