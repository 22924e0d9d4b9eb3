"""Every text that a file holds, however it is packed: what the guard of the release reads.

A curious student opens an archive in an archive, a picture's comments, the streams of a PDF, an array of
strings.  So packed data are looked for anywhere in the bytes, by the marks with which they begin, not by
the file's name: a zip archive behind a picture is found like any other.
"""

import base64
import bz2
import html
import io
import logging
import lzma
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

DEPTH = 5  # archives in archives
MOST = 64 * 2**20  # bytes unpacked from one place: more is no text that anybody would read
PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\x00|PK\x03\x04")
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}|(?:[0-9a-fA-F]{2}[ :]?){16,}")
MARKUP = re.compile(r"\x1b\[[0-9;]*m|<[^<>]*>")
ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)
RUNS = re.compile("[^\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]{6,}")
WIDE_RUNS = re.compile("[\t\n\r -~\xa0-\u2bff]{6,}")  # chance makes many Chinese letters of any two bytes
CONTROLS = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")
SEALED = {  # what begins like this cannot be searched
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"\x04\x22\x4d\x18": "an lz4 archive",
}


class CannotRead(Exception):
    """Something that no search can look into.  Holds what it is, as `an encrypted archive member`."""


def texts(data: bytes, depth: int = DEPTH) -> Iterator[tuple[str, str]]:
    """(how it was found, text) of every text in some bytes.  Raises CannotRead where something is sealed."""
    for how, inner in _unpacked(data, depth):
        for text in _decoded(inner):
            for way, plain in readings(text, depth):
                yield ", ".join(filter(None, (how, way))) or "text", plain
        if inner.lstrip()[:5] == b"%PDF-":
            yield ", ".join(filter(None, (how, "text of the PDF"))), _pdf_text(inner)


def readings(text: str, depth: int = DEPTH) -> Iterator[tuple[str, str]]:
    """(how, text) of each way to read a text: as it stands, without mark-up or escapes, and what base64 hides."""
    yield "", text
    plain = unquote(html.unescape(MARKUP.sub("", text)))
    if plain != text:
        yield "without mark-up", plain
    if "\\" in text:
        yield "without escapes", ESCAPED.sub(_unescape, text)
    if not depth:
        return
    for run in ENCODED.findall(re.sub(r"[\r\n]", "", text)):
        run = re.sub(r"[ :]", "", run)
        if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", run):
            yield from _inside("hex", bytes.fromhex(run), depth)
        run = run.translate(str.maketrans("-_", "+/"))
        whole = run[:-1] if len(run) % 4 == 1 else run
        yield from _inside("base64", base64.b64decode(whole + "=" * (-len(whole) % 4)), depth)


def _inside(how: str, data: bytes, depth: int):
    for way, text in texts(data, depth - 1):
        yield f"{how}, {way}", text


def _unescape(match: re.Match) -> str:
    code = match[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)


def _decoded(data: bytes) -> Iterator[str]:
    """The bytes as text; of bytes that are none, the runs of letters in them, as UTF-8, UTF-16 and (ASCII) UTF-32."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        yield text
        return
    yield "\n".join(RUNS.findall(data.decode("utf-8", errors="replace")))
    if b"\0" in data:
        yield "\n".join(RUNS.findall(data.replace(b"\0", b"").decode("utf-8", errors="replace")))
        for encoding in ("utf-16-le", "utf-16-be"):
            yield "\n".join(WIDE_RUNS.findall(data.decode(encoding, errors="replace")))
    elif not CONTROLS.search(data):
        yield data.decode("cp1252", errors="replace")


def _unpacked(data: bytes, depth: int, how: str = "") -> Iterator[tuple[str, bytes]]:
    """(how, bytes) of the data and of everything packed in them, to some depth."""
    yield how, data
    for start, what in SEALED.items():
        if data.startswith(start):
            raise CannotRead(what)
    for mark in PACKED.finditer(data):
        kind, inner, whole = _unpack(data, mark.start(), mark[0])
        if len(inner) >= 8:
            if not depth and not whole:
                continue  # by chance: two bytes of a picture that look like a beginning
            if not depth:
                raise CannotRead(f"archives in archives, more than {DEPTH} deep")
            yield from _unpacked(inner, depth - 1, f"{how}, {kind}" if how else kind)


def _unpack(data: bytes, start: int, mark: bytes) -> tuple[str, bytes, bool]:
    """(what it is, the bytes, whether to the end) packed from a place on; few bytes when it only looked like it."""
    view = memoryview(data)
    if mark == b"PK\x03\x04":
        return _zip_member(view[start:])
    if mark.startswith(b"BZh"):
        return "bzip2", *_pump(bz2.BZ2Decompressor(), view[start:])
    if mark.startswith(b"\xfd"):
        return "xz", *_pump(lzma.LZMADecompressor(), view[start:])
    return "a compressed part", *_pump(zlib.decompressobj(wbits=47), view[start:])  # 47: zlib or gzip, by its header


def _zip_member(view: memoryview) -> tuple[str, bytes, bool]:
    """One member of a zip archive by its own header: the archive's directory may be missing, or lie."""
    if len(view) < 30:
        return "zip", b"", False
    _, _, flags, method, _, _, _, _, _, name_length, extra = struct.unpack("<IHHHHHIIIHH", view[:30])
    name = bytes(view[30 : 30 + name_length]).decode("utf-8", errors="replace")
    kind = f"archive member {name}"
    if flags & 1:
        raise CannotRead(f"an encrypted {kind}")
    if method in (0, 12):  # stored, or bzip2 with its own mark: both are found in the bytes around
        return kind, b"", False
    if method != 8:
        raise CannotRead(f"the {kind}, packed by a method (number {method}) that is not read here")
    return kind, *_pump(zlib.decompressobj(wbits=-15), view[30 + name_length + extra :])


def _pump(unpacker, view: memoryview) -> tuple[bytes, bool]:
    """(what comes out until the data end or are damaged, whether the end was reached); CannotRead when far too much."""
    out = bytearray()
    for start in range(0, len(view), 2**16):
        try:
            out += unpacker.decompress(view[start : start + 2**16], MOST)
        except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError):
            break
        if len(out) >= MOST:
            raise CannotRead(f"something that unpacks to more than {MOST // 2**20} MiB")
        if unpacker.eof:
            break
    return bytes(out), unpacker.eof


def _pdf_text(data: bytes) -> str:
    """The text of a PDF as a reader shows it: there it stands in pieces, in codes of the fonts."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PdfReader(io.BytesIO(data))
            if reader.is_encrypted:
                raise CannotRead("an encrypted PDF")
            notes = [str(value) for value in (reader.metadata or {}).values()]
            return "\n".join([page.extract_text() for page in reader.pages] + notes)
    except CannotRead:
        raise
    except Exception as error:  # a damaged PDF fails in many ways; what cannot be read is not released
        raise CannotRead(f"a PDF that cannot be read ({type(error).__name__})") from error
