"""The command line: opens the window, or inspects, exports and pictures logs without one.

Exit status: 0 done, 1 failed, 2 wrong usage. Everything heavy is imported by the command that
needs it.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventglass.app.core.log import Log

FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 130

#: Platforms of Qt whose windows nobody sees: none of them takes what another start opens.
_WITHOUT_SCREEN = ("offscreen", "minimal")

_OVERVIEW = """\
Opens TensorBoard logs on the desktop: folders, event files or archives of either; and files that
hold a graph (.pb, .pbtxt) or vectors (.tsv, .csv, .npy, .npz, .parquet).
Without a path it shows the welcome page.

commands:
  eventglass inspect PATH    what a log holds, and what is wrong with it
  eventglass export PATH     all scalar points, as CSV, JSON lines, Parquet or NumPy
  eventglass snapshot PATH   the window as a picture, without a screen

"eventglass COMMAND --help" tells more. A path named like a command is written ./inspect.
"""


class CommandError(Exception):
    """The command can't be carried out; the message is for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the command line and return the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Names of files and tags may hold what the terminal's encoding can't show.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    run: Callable[[list[str]], int] = _open_window
    rest = arguments
    if arguments and arguments[0] in _COMMANDS:
        run, rest = _COMMANDS[arguments[0]], arguments[1:]
    try:
        return run(rest)
    except CommandError as error:
        return _complain(str(error))
    except BrokenPipeError:
        # The reader of our output has seen enough; keep Python from flushing into the void.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _complain(f"{error.strerror or error}{where}")
    except MemoryError:
        return _complain("The memory is full; open a part of the log")
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(message: str) -> int:
    sys.stderr.write(f"eventglass: {message}\n")
    return FAILED


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"eventglass {command}".strip(),
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("eventglass")
    except PackageNotFoundError:
        return "(not installed)"


class _ShowVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        sys.stdout.write(f"eventglass {_version()}\n")
        parser.exit()


def _pattern(text: str) -> re.Pattern[str]:
    """Return a filter as the window's: found anywhere, upper and lower case alike."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None


def _path(text: str) -> str:
    """Return a path; file managers and browsers give it as a ``file://`` address."""
    if not text.lower().startswith("file://"):
        return text
    from urllib.parse import unquote_to_bytes, urlsplit

    path = os.fsdecode(unquote_to_bytes(urlsplit(text).path))
    # A Windows path: file:///C:/logs.
    return path[1:] if re.match("/[A-Za-z]:", path) and os.name == "nt" else path


def _check_exists(paths: Sequence[str]) -> None:
    for path in paths:
        if not os.path.lexists(path):
            raise CommandError(f"There is no file or folder {path}")


def _check_target(path: str, out: Path) -> None:
    """Complain early about what can't be written, not after minutes of reading."""
    from eventglass.app.core.export import ExportError, check_target

    try:
        check_target([path], out)
    except ExportError as error:
        raise CommandError(str(error)) from None


def _load(path: str) -> Log:
    _check_exists([path])
    from eventglass.app.core.graphs.files import is_graph_file

    if is_graph_file(path):
        raise CommandError(f"{path} is a graph, not a log; inspect tells what stands in it")
    from eventglass.app.core.log import load
    from eventglass.app.core.scanner import COMPILED, UNCOMPILED_NOTICE

    if not COMPILED:
        sys.stderr.write(f"eventglass: {UNCOMPILED_NOTICE}\n")
    return load(path)


# --- commands -----------------------------------------------------------------------------------


def _open_window(arguments: list[str]) -> int:
    parser = _parser("", _OVERVIEW)
    parser.add_argument(
        "paths", nargs="*", type=_path, metavar="PATH", help="folder, event file or archive"
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="tell the version and exit")
    parser.add_argument(
        "--new-window",
        action="store_true",
        help="open another window; without it what is open already takes the paths",
    )
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="show an event file's run among those beside it, as file managers ask for",
    )
    options = parser.parse_args(arguments)
    _check_exists(options.paths)
    alone = options.new_window or os.environ.get("QT_QPA_PLATFORM") in _WITHOUT_SCREEN
    if not alone:
        # Before anything heavy is imported: the window that is open may be all that is wanted.
        from eventglass.app.core.instance import hand_over, message_for

        if hand_over(message_for(options.paths, options.reveal)):
            return 0
    _check_display()
    from eventglass.app.main import run_window

    return run_window(options.paths, reveal=options.reveal, shared=not alone)


def _check_display() -> None:
    """Complain where no window can be shown: Qt would end the process, and blame the installation.

    Displays of other machines are left to Qt.
    """
    if not sys.platform.startswith("linux") or os.environ.get("WAYLAND_DISPLAY"):
        return
    if os.environ.get("QT_QPA_PLATFORM", "xcb") != "xcb":
        return
    from eventglass.app.core.instance import is_display

    display = os.environ.get("DISPLAY", "")
    here = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", display)
    if display and (here is None or is_display(here[1])):
        return
    said = f"The display {display} can't be reached" if display else "There is no display"
    raise CommandError(
        f"{said}: no window can be shown. eventglass snapshot, inspect and export need none"
    )


def _inspect(arguments: list[str]) -> int:
    parser = _parser(
        "inspect",
        "Tells, per run and tag, the kind, the number of entries, the first and last step and the\n"
        "time between; what was damaged; and why a view would be empty.",
    )
    parser.add_argument("path", type=_path, metavar="PATH", help="folder, event file or archive")
    parser.add_argument("--json", action="store_true", help="as JSON, complete, for programs")
    options = parser.parse_args(arguments)
    from eventglass.app.core.graphs.files import is_graph_file

    if is_graph_file(options.path):
        return _inspect_graph(options.path, as_json=options.json)
    log = _load(options.path)
    from eventglass.app.core.inspect import as_json_text, as_text, summarize

    summary = summarize(log.store, options.path, log.empty_reason)
    if options.json:
        # An escape of the stream's own making would be none of JSON.
        knows_all = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
        sys.stdout.writelines(as_json_text(summary, ascii_only=not knows_all))
    else:
        sys.stdout.writelines(f"{line}\n" for line in as_text(summary))
    sys.stdout.flush()
    return 0


def _inspect_graph(path: str, *, as_json: bool) -> int:
    from eventglass.app.core.graphs import files
    from eventglass.app.core.graphs.sources import GraphFileError

    try:
        found = files.summary(Path(path))
    except GraphFileError as error:
        raise CommandError(f"{error}: {path}") from None
    if as_json:
        sys.stdout.writelines(files.as_json_text(found))
    else:
        sys.stdout.writelines(f"{line}\n" for line in files.as_text(found))
    sys.stdout.flush()
    return 0


def _export(arguments: list[str]) -> int:
    from eventglass.app.core import export as exporting

    parser = _parser(
        "export",
        "Writes all scalar points, one row each: run, tag, step, wall_time, value. Numbers read\n"
        "back exactly; NaN and infinities are spelled NaN, Infinity and -Infinity.",
    )
    parser.add_argument("path", type=_path, metavar="PATH", help="folder, event file or archive")
    parser.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="file to write, outside of the log: .csv, .jsonl, .parquet or .npz; - prints CSV",
    )
    parser.add_argument(
        "--runs", type=_pattern, metavar="RE", help="only runs whose name contains a match"
    )
    parser.add_argument(
        "--tags", type=_pattern, metavar="RE", help="only tags that contain a match"
    )
    parser.add_argument(
        "--pivot",
        action="store_true",
        help="one row per run and step and one column per tag; of several points at one step "
        "the last written counts",
    )
    options = parser.parse_args(arguments)
    out = Path(options.out)
    to_screen = options.out == "-"
    if not to_screen and out.suffix.lower() not in exporting.SUFFIXES:
        wanted = ", ".join(exporting.SUFFIXES)
        parser.error(f"--out: the name must end in {wanted}, not {out.name!r}")
    if not to_screen:
        _check_target(options.path, out)
    log = _load(options.path)
    selection = exporting.select(log.store, options.runs, options.tags)
    if not selection and any(series.kind == "scalar" for series in log.store.series):
        raise CommandError("No scalar's run and tag match the filters; nothing was written")
    how = exporting.Options(pivot=options.pivot)
    if to_screen:
        sys.stdout.writelines(exporting.text_blocks(selection, ".csv", how))
        sys.stdout.flush()
        return 0
    points = exporting.export(log.store, selection, out, how)
    sys.stderr.write(f"{points:,} points of {len(selection):,} series written to {out}\n")
    if log.problems:
        count = len(log.problems)
        problems = "1 problem" if count == 1 else f"{count:,} problems"
        sys.stderr.write(f"{problems} met while reading; eventglass inspect tells more\n")
    return 0


def _snapshot(arguments: list[str]) -> int:
    parser = _parser(
        "snapshot",
        "Saves the window, loaded and settled, as a picture; needs no screen.",
    )
    parser.add_argument("path", type=_path, metavar="PATH", help="folder, event file or archive")
    parser.add_argument("--view", required=True, metavar="ID", help="view to show, such as scalars")
    parser.add_argument("--out", required=True, metavar="FILE", help="picture to write, .png")
    parser.add_argument(
        "--size",
        type=_size,
        default=(1440, 900),
        metavar="WxH",
        help="pixels; 1440x900 if left out",
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument(
        "--set",
        dest="settings",
        type=_setting,
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help="settings of the view, such as smoothing=0.6",
    )
    options = parser.parse_args(arguments)
    _check_exists([options.path])
    _check_target(options.path, Path(options.out))
    from eventglass.app.main import snapshot

    return snapshot(
        options.path,
        view=options.view,
        out=Path(options.out),
        size=options.size,
        theme=options.theme,
        settings=dict(options.settings),
    )


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if not found or "0" in found.groups():
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 1440x900")
    return int(found[1]), int(found[2])


def _setting(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form key=value")
    return key, value


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "inspect": _inspect,
    "export": _export,
    "snapshot": _snapshot,
}
