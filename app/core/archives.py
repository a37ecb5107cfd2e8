"""Archives: event files inside ``.zip``, ``.tar``, ``.tar.gz``, ``.tgz`` and gzipped event files.

Members that lie uncompressed in the archive are read in place. Others are unpacked into a private
temporary folder that is removed at exit; nothing is ever written beside the archive. Member names
are only names: the path of an unpacked file is made here.
"""

from __future__ import annotations

import atexit
import contextlib
import gzip
import lzma
import os
import posixpath
import shutil
import struct
import tarfile
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from eventglass.app.core.blocks import Source
from eventglass.app.core.discovery import is_event_file

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
#: Bounds against archives made to exhaust the machine.
MAX_MEMBERS = 200_000
MAX_UNPACKED = 64 << 30
#: An unpacked member may be so many times its packed size, once it is larger than a mebibyte.
MAX_RATIO = 400
_KEEP_FREE = 512 << 20
_CHUNK = 1 << 20


class ArchiveError(Exception):
    """The archive, or a member of it, can't or may not be unpacked."""


@dataclass(frozen=True, slots=True)
class Member:
    """An event file in an archive: its directory inside, and where its bytes are."""

    directory: str
    source: Source
    size: int


def is_archive(path: str) -> bool:
    """Whether the name says so."""
    return path.lower().endswith(SUFFIXES)


class TemporaryFolder:
    """A private folder for unpacked members, made on first use, removed by `remove` or at exit."""

    def __init__(self) -> None:
        self._path: str | None = None
        self._count = 0
        self._written = 0
        self._lock = threading.Lock()

    def unpack(
        self, stream: IO[bytes] | gzip.GzipFile, packed_size: int, stopped: Callable[[], bool]
    ) -> str:
        """Copy `stream` into a new file and return its path; ArchiveError past the bounds."""
        with self._lock:
            if self._path is None:
                self._path = tempfile.mkdtemp(prefix="eventglass-")
                atexit.register(self.remove)
            self._count += 1
            path = os.path.join(self._path, f"{self._count:06}.tfevents")
        written = 0
        try:
            with open(path, "xb") as out:
                while not stopped():
                    chunk = stream.read(_CHUNK)
                    if not chunk:
                        break
                    written += len(chunk)
                    self._check(path, written, packed_size, len(chunk))
                    out.write(chunk)
        except (
            EOFError,
            zlib.error,
            gzip.BadGzipFile,
            zipfile.BadZipFile,
            tarfile.TarError,
        ) as error:
            # What came out before the damage is kept and shown.
            if written == 0:
                self._discard(path, written)
                raise ArchiveError(f"damaged: {error}") from error
        except BaseException:
            self._discard(path, written)
            raise
        return path

    def _discard(self, path: str, written: int) -> None:
        with self._lock:
            self._written -= written
        with contextlib.suppress(OSError):
            os.unlink(path)

    def _check(self, path: str, written: int, packed_size: int, chunk: int) -> None:
        if written > _CHUNK and written > MAX_RATIO * max(packed_size, 1):
            raise ArchiveError(f"unpacks to more than {MAX_RATIO} times its size; not read further")
        with self._lock:
            self._written += chunk
            total = self._written
        if total > MAX_UNPACKED:
            raise ArchiveError(f"unpacks to more than {MAX_UNPACKED >> 30} GiB; not read further")
        if (
            written % (64 * _CHUNK) < _CHUNK
            and shutil.disk_usage(os.path.dirname(path)).free < _KEEP_FREE
        ):
            raise ArchiveError("the disk for temporary files is full")

    def remove(self) -> None:
        """Remove the folder and all in it."""
        with self._lock:
            path, self._path = self._path, None
        if path is not None:
            shutil.rmtree(path, ignore_errors=True)
            atexit.unregister(self.remove)


def _inside(name: str) -> tuple[str, str] | None:
    """Directory and base name of a member, or None where its path leaves the archive."""
    name = name.replace("\\", "/")
    normal = posixpath.normpath(name)
    if normal.startswith(("/", "../")) or normal == ".." or ":" in normal.split("/")[0]:
        return None
    directory, base = posixpath.split(normal)
    return directory or ".", base


def members(
    path: str,
    folder: TemporaryFolder,
    on_problem: Callable[[str, str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Member]:
    """Yield the event files of an archive as they can be read.

    `on_problem` gets a member's name (or "") and what is wrong with it. ArchiveError when the
    archive as a whole can't be read; OSErrors pass through.
    """
    try:
        if path.lower().endswith(".zip"):
            yield from _zip_members(path, folder, on_problem, stopped)
        else:
            yield from _tar_members(path, folder, on_problem, stopped)
    except OSError as error:
        if not isinstance(error, gzip.BadGzipFile):
            raise
        raise ArchiveError(f"the archive is damaged: {error}") from error
    except ArchiveError:
        raise
    except Exception as error:
        # The standard library's readers fail in many ways.
        raise ArchiveError(f"the archive is damaged: {error}") from error


def _wanted(name: str, on_problem: Callable[[str, str], None]) -> tuple[str, str] | None:
    inside = _inside(name)
    if inside is None:
        if is_event_file(posixpath.basename(name.replace("\\", "/"))):
            on_problem(name, "the member's path leads out of the archive; passed over")
        return None
    return inside if is_event_file(inside[1]) else None


def _zip_members(
    path: str,
    folder: TemporaryFolder,
    on_problem: Callable[[str, str], None],
    stopped: Callable[[], bool],
) -> Iterator[Member]:
    # What lies in place can't be more than the archive, unless members share their bytes.
    left = os.path.getsize(path)
    with zipfile.ZipFile(path) as archive, open(path, "rb") as raw:
        infos = archive.infolist()
        if len(infos) > MAX_MEMBERS:
            raise ArchiveError(f"more than {MAX_MEMBERS:,} members")
        for info in sorted(infos, key=lambda i: i.filename):
            if stopped():
                return
            inside = None if info.is_dir() else _wanted(info.filename, on_problem)
            if inside is None:
                continue
            shown = f"{path}/{inside[0]}/{inside[1]}" if inside[0] != "." else f"{path}/{inside[1]}"
            try:
                if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & 1:
                    raw.seek(info.header_offset)
                    header = raw.read(30)
                    if len(header) < 30 or header[:4] != b"PK\3\4":
                        raise ArchiveError("damaged: no member begins where the directory says")
                    name_len, extra_len = struct.unpack("<HH", header[26:30])
                    base = info.header_offset + 30 + name_len + extra_len
                    if info.file_size > left:
                        raise ArchiveError("it would have to share its bytes with other members")
                    left -= info.file_size
                    source = Source(path, shown, base, info.file_size)
                    yield Member(inside[0], source, info.file_size)
                else:
                    with archive.open(info) as stream:
                        out = folder.unpack(stream, info.compress_size, stopped)
                    yield Member(inside[0], Source(out, shown), os.path.getsize(out))
            except (
                ArchiveError,
                zipfile.BadZipFile,
                NotImplementedError,
                RuntimeError,
                ValueError,
                EOFError,
                zlib.error,
                lzma.LZMAError,
            ) as error:
                # RuntimeError: encrypted; NotImplementedError: unknown compression.
                on_problem(info.filename, f"{error}; passed over")


def _tar_members(
    path: str,
    folder: TemporaryFolder,
    on_problem: Callable[[str, str], None],
    stopped: Callable[[], bool],
) -> Iterator[Member]:
    plain = path.lower().endswith(".tar")
    packed_size = os.path.getsize(path)
    with contextlib.ExitStack() as stack:
        if plain:
            archive = stack.enter_context(tarfile.open(path, "r:"))
        else:
            # One pass, no seeking back.
            unpacked = _Unpacked(stack.enter_context(gzip.open(path)), packed_size, stopped)
            archive = stack.enter_context(
                tarfile.open(fileobj=cast(IO[bytes], unpacked), mode="r|")
            )
        count = 0
        for info in archive:
            count += 1
            if count > MAX_MEMBERS:
                raise ArchiveError(f"more than {MAX_MEMBERS:,} members")
            if stopped():
                return
            inside = _wanted(info.name, on_problem) if info.isfile() else None
            if inside is None:
                continue
            shown = f"{path}/{inside[0]}/{inside[1]}" if inside[0] != "." else f"{path}/{inside[1]}"
            if plain and not info.issparse():
                source = Source(path, shown, info.offset_data, info.size)
                yield Member(inside[0], source, info.size)
                continue
            stream = archive.extractfile(info)
            if stream is None:
                continue
            try:
                out = folder.unpack(stream, packed_size, stopped)
            except ArchiveError as error:
                on_problem(info.name, f"{error}; passed over")
                continue
            yield Member(inside[0], Source(out, shown), os.path.getsize(out))


class _Unpacked:
    """The bytes of a packed archive, also of the members nobody wants: bounded, and stoppable."""

    def __init__(
        self, stream: IO[bytes] | gzip.GzipFile, packed_size: int, stopped: Callable[[], bool]
    ) -> None:
        self._stream = stream
        self._bound = max(_CHUNK, MAX_RATIO * packed_size)
        self._stopped = stopped
        self._count = 0

    def read(self, size: int) -> bytes:
        if self._stopped():
            return b""
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > self._bound:
            raise ArchiveError(f"unpacks to more than {MAX_RATIO} times its size; not read further")
        return data


def unpack_gzipped(path: str, folder: TemporaryFolder, stopped: Callable[[], bool]) -> Source:
    """Unpack a gzipped event file; ArchiveError when it is damaged or too large."""
    try:
        with gzip.open(path, "rb") as stream:
            return Source(folder.unpack(stream, os.path.getsize(path), stopped), path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArchiveError(f"damaged: {error}") from error
