"""Unpack zstd with libzstd, where that library is there.

Source: zstd.h of Zstandard 1.5 (streaming decompression).
"""

import ctypes

_SONAME = "libzstd.so.1"
_CHUNK = 1 << 20


class ZstdError(Exception):
    """The content cannot be unpacked; the text is libzstd's own."""


class _Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer: where it is, its size, and how far it was used."""

    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("place", ctypes.c_size_t),
    )


class Decompressor:
    """Unpacks one frame, piece by piece. OSError: there is no libzstd here."""

    def __init__(self) -> None:
        library = ctypes.CDLL(_SONAME)
        library.ZSTD_createDStream.restype = ctypes.c_void_p
        library.ZSTD_freeDStream.argtypes = (ctypes.c_void_p,)
        library.ZSTD_decompressStream.restype = ctypes.c_size_t
        library.ZSTD_decompressStream.argtypes = (
            ctypes.c_void_p,
            ctypes.POINTER(_Buffer),
            ctypes.POINTER(_Buffer),
        )
        library.ZSTD_isError.argtypes = (ctypes.c_size_t,)
        library.ZSTD_getErrorName.argtypes = (ctypes.c_size_t,)
        library.ZSTD_getErrorName.restype = ctypes.c_char_p
        self._library = library
        self._stream = library.ZSTD_createDStream()
        if not self._stream:
            raise MemoryError("ZSTD_createDStream")
        self._target = ctypes.create_string_buffer(_CHUNK)
        self.eof = False

    def decompress(self, packed: bytes) -> tuple[bytes, bytes]:
        """Unpack up to 1 MiB of `packed`; return that, and what of `packed` is left over.

        ZstdError: it is no zstd, or damaged.
        """
        source = ctypes.create_string_buffer(packed, len(packed)) if packed else None
        given = _Buffer(ctypes.addressof(source) if source else None, len(packed), 0)
        taken = _Buffer(ctypes.addressof(self._target), _CHUNK, 0)
        result = self._library.ZSTD_decompressStream(
            self._stream, ctypes.byref(taken), ctypes.byref(given)
        )
        if self._library.ZSTD_isError(result):
            raise ZstdError(self._library.ZSTD_getErrorName(result).decode())
        self.eof = result == 0
        return self._target.raw[: taken.place], packed[given.place :]

    def close(self) -> None:
        """Give the library's memory back; it can be done again."""
        if self._stream:
            self._library.ZSTD_freeDStream(self._stream)
            self._stream = None
