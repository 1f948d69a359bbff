"""Compiled programs kept from run to run, in the user's cache folder."""

import os
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

LIMIT_BYTES: Final = 2**30
"""What may lie in the folder when a program starts; the programs of a ResNet-50 take 1 MB on CPU."""

VARIABLE: Final = "NETSPEC_CACHE_DIR"
"""The environment variable that names another folder."""


def use_cache(limit_bytes: int = LIMIT_BYTES) -> Path | None:
    """Let JAX keep what it compiles, and take it from there next time; the result is the folder.

    The folder is `xla` in `NETSPEC_CACHE_DIR`, or else in the user's cache folder of netspec; where JAX has been given one
    already (`JAX_COMPILATION_CACHE_DIR`), that one stays. Programs used least recently are deleted while all of them are
    larger than `limit_bytes`. JAX's own limit is not used: it needs another package and reads the whole folder on every
    write.

    None, and no cache, where the folder cannot be written. It is a setting of the whole process, for programs and not for
    libraries.
    """
    import jax  # noqa: PLC0415  a program may want to say what happens to memory first

    given = getattr(jax.config, "jax_compilation_cache_dir", None)  # an attribute that jax's own types lack
    if given:
        return Path(given)
    folder = _folder()
    if folder is None:
        return None
    trim(folder, limit_bytes)
    # Small programs count too: drawing parameters is many of them. JAX leaves out what compiles within a second.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    jax.config.update("jax_compilation_cache_dir", str(folder))
    return folder


def _folder() -> Path | None:
    """The folder, made where it is missing; None where it cannot be written, or nobody knows where it would be."""
    given = os.environ.get(VARIABLE)
    folder = Path(given).absolute() if given else user_cache_path("netspec", appauthor=False)
    if not folder.is_absolute():  # a home that is not known
        return None
    folder /= "xla"
    try:
        # What lies here is run: nobody else may put anything into it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK | os.X_OK) else None


def trim(folder: Path, limit_bytes: int) -> None:
    """Delete the files that were used least recently until the rest fits; what cannot be deleted stays."""
    files = sorted(_files(folder), reverse=True)
    kept = 0
    for _, size, path in files:
        kept += size
        if kept > limit_bytes:
            _delete(path)


def _files(folder: Path) -> list[tuple[float, int, Path]]:
    """Each file with its time of use and its size; some may vanish while we look, since other programs trim too."""
    found = []
    for path in folder.rglob("*"):
        try:
            stat = path.stat()
        except OSError:
            continue
        if path.is_file():
            found.append((max(stat.st_atime, stat.st_mtime), stat.st_size, path))
    return found


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError:
        return
