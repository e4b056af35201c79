"""Files of a county as somebody sends them: what is taken, what is left out, what is refused.

Whatever is sent is only ever written as a table or a text of settings within the county's folder.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath

from experiments.counties.copying import OF_PEOPLE, made_whole
from sim.scenario.codes import is_safe

TAKEN = (".csv", ".toml", ".geojson")
MOST_FILES = 200
MOST_BYTES = 30_000_000
"""Of all files together, unpacked. Norfolk's folder has some 400 kB."""
DEEPEST = 2
"""A file lies in the county's folder or in a folder within it."""
COUNTY = "county.toml"
PRIVATE = "private"
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What Python's reader of zip files raises for those that are damaged or locked."""

Files = Mapping[PurePosixPath, bytes]


class RefusedError(ValueError):
    """What was sent is not taken; the message says why and what to do."""


@dataclass
class Taken:
    """Files to keep, by their places in the county's folder; ``left_out``: names of the others."""

    files: dict[PurePosixPath, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    of_people: list[str] = field(default_factory=list)

    def add(self, name: str, content: bytes) -> None:
        """Take a file, unless it is nothing a county has. Raises RefusedError."""
        place = place_of(name)
        if place is None or place.suffix.lower() not in TAKEN:
            self.left_out.append(name[-80:])
        elif place.name.lower() in OF_PEOPLE or PRIVATE in place.parts:
            self.of_people.append(place.name)
        elif any(str(place).lower() == str(one).lower() for one in self.files):
            raise RefusedError(f"{place} is there twice. Send each file once.")
        else:
            self.files[place] = content

    @property
    def notes(self) -> list[str]:
        """What was left out, in words."""
        told = []
        if self.of_people:
            told.append(
                f"Not kept, because they hold rows about single people: {', '.join(self.of_people)}"
                ". The model draws people instead. To use these tables, use the command line."
            )
        if self.left_out:
            shown = ", ".join(self.left_out[:5]) + (" …" if len(self.left_out) > 5 else "")
            told.append(f"Not kept, because a county has no such files: {shown}.")
        return told


def place_of(name: str) -> PurePosixPath | None:
    """A file's place in a county; None for what spreadsheets and systems leave in a zip.

    Raises RefusedError for a name that could lead out of the county's folder.
    """
    if "\\" in name or ":" in name or "\0" in name or name.startswith("/"):
        raise RefusedError(f"“{name[:80]}” is not the name of a file in a folder. {MAKE_ZIP}")
    place = PurePosixPath(name)
    if ".." in place.parts:
        raise RefusedError(f"“{name[:80]}” leads out of its folder. {MAKE_ZIP}")
    if any(part.startswith((".", "__")) for part in place.parts):
        return None
    *folders, file = place.parts or ("",)
    if not all(map(is_safe, [*folders, PurePosixPath(file).stem])):
        return None
    return place


MAKE_ZIP = "Make a new zip of the county’s folder, and send that."


def unpacked(content: bytes) -> Taken:
    """The files of a zip. Raises RefusedError."""
    taken, left = Taken(), MOST_BYTES
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise RefusedError(f"The zip has {len(entries):,} files; at most {MOST_FILES}.")
            for entry in entries:
                refuse_strange(entry)
                with archive.open(entry) as file:  # its header may lie about its size
                    text = file.read(left + 1)
                left -= len(text)
                if left < 0:
                    raise RefusedError(f"Unpacked, it has more than {MOST_BYTES / 1e6:g} MB.")
                taken.add(entry.filename, text)
    except RefusedError:
        raise
    except BAD_ZIP as error:
        raise RefusedError(f"The zip cannot be read. {MAKE_ZIP}") from error
    taken.files = within_folder(taken.files)
    return taken


def refuse_strange(entry: zipfile.ZipInfo) -> None:
    """Refuse what is no plain file. Raises RefusedError."""
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise RefusedError(f"“{entry.filename[:80]}” is a link and no file. {MAKE_ZIP}")
    if entry.flag_bits & 1:
        raise RefusedError("The zip is locked with a password. Send one without.")
    if entry.compress_type not in PACKED:
        raise RefusedError(f"The zip is packed in an unusual way. {MAKE_ZIP}")


def within_folder(files: Files) -> dict[PurePosixPath, bytes]:
    """Files as they lie in the county's folder, where the zip holds that folder."""
    tops = {place.parts[0] for place in files if len(place.parts) > 1}
    if PurePosixPath(COUNTY) not in files and len(tops) == 1:
        top = next(iter(tops))
        if PurePosixPath(top, COUNTY) in files:
            files = {
                place.relative_to(top): text
                for place, text in files.items()
                if place.parts[0] == top
            }
    if deep := [str(place) for place in files if len(place.parts) > DEEPEST]:
        raise RefusedError(f"{deep[0]} lies too deep. Zip the folder that has {COUNTY}.")
    return dict(files)


def sent_files(sent: Iterable[tuple[str, bytes]]) -> Taken:
    """Files that were sent one by one, or a zip of them. Raises RefusedError."""
    taken = Taken()
    for name, content in sent:
        if name.lower().endswith(".zip"):
            inner = unpacked(content)
            for place, text in inner.files.items():
                taken.add(str(place), text)
            taken.left_out += inner.left_out
            taken.of_people += inner.of_people
        else:
            taken.add(PurePosixPath(name.replace("\\", "/")).name, content)
    if not taken.files and not taken.left_out and not taken.of_people:
        raise RefusedError("Choose a file to send.")
    return taken


def keep_new(folder: Path, taken: Taken) -> None:
    """Write a new county. Raises RefusedError or OSError."""
    if PurePosixPath(COUNTY) not in taken.files:
        raise RefusedError(f"There is no {COUNTY} among the files. {MAKE_ZIP}")
    with made_whole(folder) as part:
        for place, content in taken.files.items():
            write(part, place, content)


def keep_changed(folder: Path, taken: Taken) -> list[str]:
    """Write files over those of a county; the names of those that were changed.

    A file without a folder goes where the county has a file of that name. Raises RefusedError.
    """
    there = [path.relative_to(folder) for path in files_in(folder)]
    places = {place: home_of(place, there) for place in taken.files}
    for place, content in taken.files.items():
        write(folder, places[place], content)
    return sorted(str(place) for place in places.values())


def home_of(place: PurePosixPath, there: Iterable[Path]) -> PurePosixPath:
    """Where a file belongs in a county."""
    alike = [PurePosixPath(path.as_posix()) for path in there if path.name == place.name]
    if len(place.parts) > 1 or place in alike or not alike:
        return place
    if len(alike) > 1:
        raise RefusedError(f"The county has several files named {place.name}. Send a zip of all.")
    return alike[0]


def write(folder: Path, place: PurePosixPath, content: bytes) -> None:
    """A file within a folder, whole; a link that stands in its place is replaced, not followed."""
    file = folder / place
    if not file.parent.resolve().is_relative_to(folder.resolve()):
        raise RefusedError(f"{place} leads out of the county’s folder.")
    file.parent.mkdir(exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    part.write_bytes(content)
    part.replace(file)


def files_in(folder: Path) -> list[Path]:
    """A county's files, without those about single people. No link is followed."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in TAKEN
        and path.is_file()
        and not path.is_symlink()
        and path.name not in OF_PEOPLE
        and not any(
            part.startswith(".") or part == PRIVATE for part in path.relative_to(folder).parts
        )
    ]


def zipped(folder: Path) -> bytes:
    """A county's folder as a zip, to be changed in a spreadsheet and sent back."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_in(folder):
            archive.write(path, f"{folder.name}/{path.relative_to(folder).as_posix()}")
    return whole.getvalue()
