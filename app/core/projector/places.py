"""Places: files of a log directory or of an archive, and finding them by foreign paths.

Configurations name files as they lay on the machine that wrote them. `Tree.find` looks for such a
path inside the root and nowhere else: links that lead out of it are not followed.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from eventglass.app.core.archives import ArchiveError, TemporaryFolder, is_archive
from eventglass.app.core.projector.notices import Control, EmbeddingError, check

#: Files that a search by name alone looks at.
MAX_NAMES = 200_000
_MAX_DEPTH = 200
_DRIVE = re.compile(r"^[A-Za-z]:")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class Place:
    """A file: on disk, or a member of an archive.

    Attributes
    ----------
    path : of the file, or of the archive
    member : inside the archive; empty for a file on disk
    shown : what the user reads: below the root where there is one
    """

    path: str
    member: str = ""
    shown: str = ""

    @property
    def name(self) -> str:
        """The path as shown, or all of it."""
        return self.shown or (f"{self.path}/{self.member}" if self.member else self.path)

    def local(self) -> str:
        """Path of a file with these bytes; a member is unpacked into a private folder.

        Raises EmbeddingError where it can't be read.
        """
        if not self.member:
            return self.path
        try:
            return _SHELF.path(self.path, self.member)
        except (OSError, ArchiveError, tarfile.TarError, zipfile.BadZipFile, KeyError) as error:
            raise EmbeddingError(f"Can't be unpacked: {_why(error)} ({self.name})") from error

    def sibling(self, suffix: str) -> Place:
        """The place whose path is this one's with something behind."""
        if self.member:
            return Place(self.path, self.member + suffix, self.shown + suffix)
        return Place(self.path + suffix, "", self.shown + suffix)

    def read(self, most: int) -> bytes:
        """The first `most` bytes. Raises EmbeddingError where it can't be read."""
        try:
            path = self.local()
            if not stat.S_ISREG(os.stat(path).st_mode):
                raise EmbeddingError(f"Not a file ({self.name})")
            with open(path, "rb") as stream:
                return stream.read(most)
        except (OSError, ValueError) as error:
            raise EmbeddingError(f"Can't be read: {_why(error)} ({self.name})") from error


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


class _Shelf:
    """Unpacked members of archives; each once, removed at exit."""

    def __init__(self) -> None:
        self._folder = TemporaryFolder()
        self._paths: dict[tuple[str, int, str], str] = {}
        self._lock = threading.Lock()

    def path(self, archive: str, member: str) -> str:
        key = (archive, os.stat(archive).st_mtime_ns, member)
        with self._lock:
            known = self._paths.get(key)
            if known is None:
                known = self._paths[key] = self._unpack(archive, member)
            return known

    def _unpack(self, archive: str, member: str) -> str:
        if archive.lower().endswith(".zip"):
            with zipfile.ZipFile(archive) as opened:
                info = opened.getinfo(member)
                with opened.open(info) as stream:
                    return self._folder.unpack(stream, info.compress_size, _never)
        with tarfile.open(archive) as tar:
            found = tar.getmember(member)
            stream_or_none = tar.extractfile(found) if found.isfile() else None
            if stream_or_none is None:
                raise ArchiveError("not a file")
            return self._folder.unpack(stream_or_none, os.path.getsize(archive), _never)


def _never() -> bool:
    return False


_SHELF = _Shelf()


def foreign_parts(path: str) -> list[str]:
    """Names of a path of any system; without drive, scheme, ``.``, ``..`` and empty ones."""
    path = _SCHEME.sub("", _DRIVE.sub("", path.strip().replace("\\", "/")))
    return [part for part in path.split("/") if part not in ("", ".", "..")]


def is_absolute(path: str) -> bool:
    """Whether a path of any system begins at a root, a drive or a host."""
    path = path.strip()
    return path.startswith(("/", "\\")) or bool(_DRIVE.match(path) or _SCHEME.match(path))


@dataclass(frozen=True, slots=True)
class Found:
    """What a foreign path led to; `by_name`: not where it said."""

    place: Place
    by_name: bool


class Tree:
    """A root's files by paths below it, with ``/``; directories as "" for the root itself."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._names: dict[str, list[str]] | None = None

    def directories(self, control: Control | None) -> Iterator[tuple[str, list[str]]]:
        """Every directory and the names of its files, the root first."""
        raise NotImplementedError

    def exists(self, path: str, base: str = "") -> bool:
        """Whether a regular file lies there, and inside the root or the directory `base`."""
        raise NotImplementedError

    def place(self, path: str) -> Place:
        """The place of a path below the root."""
        raise NotImplementedError

    def below(self, path: str) -> str | None:
        """An absolute path of this machine as one below the root; None outside."""
        return None

    def find(
        self,
        path: str,
        base: str,
        suffixes: tuple[str, ...] = ("",),
        control: Control | None = None,
    ) -> Found | None:
        """Look for a path that a file in the directory `base` names.

        First where it says, then with ever fewer of its leading names, from `base` upwards, at
        last anywhere in the root, where its name and a directory's agree. With `suffixes` the
        file's name is the path's with one of these behind.
        """
        parts = foreign_parts(path)
        if not parts or "\0" in path:
            return None
        exact = (
            self.below(path)
            if is_absolute(path)
            else posixpath.normpath(posixpath.join(base, path.strip().replace("\\", "/")))
        )
        if exact is not None and not exact.startswith("../"):
            for suffix in suffixes:
                if self.exists(exact + suffix, base):
                    return Found(self.place(exact + suffix), False)
        # A path of this directory that is not there is missing: another file of its name belongs
        # to something else. Only what was written elsewhere may lie under other directories.
        foreign = is_absolute(path) or ".." in path
        folders = [base]
        while folders[-1]:
            folders.append(posixpath.dirname(folders[-1]))
        for skipped in range(len(parts) if foreign else 1):
            for folder in folders:
                tail = posixpath.join(folder, *parts[skipped:])
                for suffix in suffixes:
                    if self.exists(tail + suffix, base):
                        return Found(self.place(tail + suffix), True)
        for suffix in suffixes if foreign else ():
            near = [
                each for each in self._named(parts[-1] + suffix, control) if self.exists(each, base)
            ]
            ranked = sorted((_likeness(each, parts, base), each) for each in near)
            # A name alone is shared by files that have nothing to do with each other.
            ranked = [(likeness, each) for likeness, each in ranked if likeness[0]]
            if ranked and (len(ranked) == 1 or ranked[-1][0] > ranked[-2][0]):
                return Found(self.place(ranked[-1][1]), True)
        return None

    def _named(self, name: str, control: Control | None) -> list[str]:
        """Paths of files of this name; all names are gathered at the first question."""
        if self._names is None:
            self._names = {}
            count = 0
            for folder, names in self.directories(control):
                for each in names:
                    self._names.setdefault(each, []).append(posixpath.join(folder, each))
                count += len(names)
                if count > MAX_NAMES:
                    break
        return self._names.get(name, [])


def _likeness(path: str, parts: list[str], base: str) -> tuple[int, int, int]:
    """How many last names agree with the path looked for, then how near it is to `base`."""
    own = path.split("/")
    same = 0
    for mine, theirs in zip(reversed(own[:-1]), reversed(parts[:-1]), strict=False):
        if mine != theirs:
            break
        same += 1
    return same, len(posixpath.commonprefix([own, base.split("/")])), -len(own)


class DirectoryTree(Tree):
    """A directory on disk; `depth`: how many levels of directories below it are walked."""

    def __init__(self, root: str, depth: int = _MAX_DEPTH) -> None:
        super().__init__(root)
        self._depth = depth
        self._real = os.path.realpath(root)

    def directories(self, control: Control | None) -> Iterator[tuple[str, list[str]]]:
        """Every directory and its files; each real directory once, so loops of links end."""
        seen: set[tuple[int, int]] = set()
        stack = [("", 0)]
        while stack:
            check(control)
            folder, depth = stack.pop()
            path = os.path.join(self.root, folder) if folder else self.root
            names: list[str] = []
            below: list[str] = []
            try:
                status = os.stat(path)
                identity = (status.st_dev, status.st_ino)
                if status.st_ino and identity in seen:
                    continue
                seen.add(identity)
                with os.scandir(path) as entries:
                    for entry in entries:
                        try:
                            (below if entry.is_dir() else names).append(entry.name)
                        except OSError:
                            continue
            except OSError:
                continue
            names.sort()
            yield folder, names
            if depth < self._depth:
                below.sort(reverse=True)
                stack.extend((posixpath.join(folder, name), depth + 1) for name in below)

    def exists(self, path: str, base: str = "") -> bool:
        """Whether a regular file lies there; links may not lead out of the root or of `base`."""
        whole = os.path.join(self.root, path)
        try:
            if not stat.S_ISREG(os.stat(whole).st_mode):
                return False
            real = os.path.realpath(whole)
            if _is_inside(real, self._real):
                return True
            # A run that is itself a link was followed on purpose; what lies in it belongs to it.
            return bool(base) and _is_inside(real, os.path.realpath(os.path.join(self.root, base)))
        except (OSError, ValueError):
            return False

    def place(self, path: str) -> Place:
        """The place of a path below the root."""
        return Place(os.path.join(self.root, *path.split("/")), "", path)

    def below(self, path: str) -> str | None:
        """An absolute path of this machine as one below the root; None outside."""
        path = path.strip().removeprefix("file://")
        if not os.path.isabs(path):
            return None
        for root in (os.path.abspath(self.root), self._real):
            normal = os.path.normpath(path)
            if _is_inside(normal, root):
                return os.path.relpath(normal, root).replace(os.sep, "/")
        return None


def _is_inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


class ArchiveTree(Tree):
    """A zip or tar archive; members with paths that leave it are not there."""

    def __init__(self, root: str, control: Control | None = None) -> None:
        super().__init__(root)
        self._members: dict[str, str] = {}
        for name in _member_names(root):
            check(control)
            normal = posixpath.normpath(name.replace("\\", "/"))
            if not normal.startswith(("/", "../")) and ":" not in normal.split("/")[0]:
                self._members[normal] = name

    def directories(self, control: Control | None) -> Iterator[tuple[str, list[str]]]:
        """Every directory and the names of its files, the root first."""
        folders: dict[str, list[str]] = {}
        for path in self._members:
            folder, name = posixpath.split(path)
            folders.setdefault(folder, []).append(name)
        for folder in sorted(folders):
            check(control)
            yield folder, sorted(folders[folder])

    def exists(self, path: str, base: str = "") -> bool:
        """Whether there is such a member."""
        return posixpath.normpath(path) in self._members

    def place(self, path: str) -> Place:
        """The place of a member."""
        normal = posixpath.normpath(path)
        return Place(self.root, self._members.get(normal, normal), normal)


def _member_names(path: str) -> Iterator[str]:
    if path.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            yield from (info.filename for info in archive.infolist() if not info.is_dir())
        return
    with tarfile.open(path) as tar:
        yield from (info.name for info in tar if info.isfile())


def open_tree(root: str, control: Control | None = None) -> Tree:
    """Return the tree of a directory, of an archive, or of the one directory a file lies in.

    Raises EmbeddingError where there is nothing.
    """
    if os.path.isdir(root):
        return DirectoryTree(root)
    try:
        if is_archive(root):
            return ArchiveTree(root, control)
        if os.path.exists(root):
            # Who opens a file does not ask for all that lies below its directory.
            return DirectoryTree(os.path.dirname(os.path.abspath(root)), 0)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise EmbeddingError(f"Can't be opened: {_why(error)} ({root})") from error
    raise EmbeddingError(f"No such directory ({root})")
