from pathlib import Path

import pytest

from bootpy.errors import BootError
from initramfs.profile import FOLDER, Profile

GOOD = """
description = "A test"
[kernel]
package = "linux-image-cloud-amd64"
drivers = ["virtio_blk"]
[compression]
method = "xz"
level = 6
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_values_and_defaults(tmp_path: Path) -> None:
    profile = Profile.from_toml(written(tmp_path, GOOD))
    assert profile.name == "mine"
    assert profile.kernel.drivers == ("virtio_blk",)
    assert (profile.compression.method, profile.compression.level) == ("xz", 6)
    assert profile.python.readers == ("all",)
    assert profile.architecture == "amd64"


@pytest.mark.parametrize(
    ("old", "new", "place", "remedy"),
    [
        ("drivers =", "driver =", "kernel.driver ", "drivers"),
        ("description", "descripton", "descripton", "description"),
        ("level = 6", 'level = "6"', "compression.level", "a number"),
        ("level = 6", "level = true", "compression.level", "a number"),
        ('["virtio_blk"]', '"virtio_blk"', "kernel.drivers", "a list of strings"),
        ('["virtio_blk"]', "[1]", "kernel.drivers", "a list of strings"),
        ('"xz"', '"rar"', "compression.method", "zstd"),
        ('package = "linux-image-cloud-amd64"', "", "kernel.package is missing", ""),
        ('description = "A test"', "", "description is missing", ""),
        ('description = "A test"', 'description = "A test"\nname = "x"', "name", "description"),
        ("[compression]", "[compression", "line 6", "TOML"),
    ],
)
def test_bad_keys_name_file_key_and_remedy(
    tmp_path: Path, old: str, new: str, place: str, remedy: str
) -> None:
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BootError) as caught:
        Profile.from_toml(path)
    assert str(path) in caught.value.message
    assert place in caught.value.message
    assert remedy in caught.value.hint


ARM64 = """
[architectures.arm64.kernel]
package = "linux-image-cloud-arm64"
[architectures.arm64.python]
libraries = ["libzstd.so.1"]
"""


def test_another_architecture_replaces_key_by_key(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + ARM64)
    profile = Profile.from_toml(path, "arm64")
    assert (profile.architecture, profile.name) == ("arm64", "mine")
    assert profile.kernel.package == "linux-image-cloud-arm64"
    assert profile.kernel.drivers == ("virtio_blk",)
    assert profile.python.libraries == ("libzstd.so.1",)
    assert (profile.compression.method, profile.compression.level) == ("xz", 6)
    own = Profile.from_toml(path)
    assert Profile.from_toml(path, "amd64") == own
    assert own == Profile.from_toml(written(tmp_path, GOOD))


def test_an_architecture_that_a_profile_has_not(tmp_path: Path) -> None:
    with pytest.raises(BootError, match="is a profile for amd64, not for arm64") as caught:
        Profile.from_toml(written(tmp_path, GOOD), "arm64")
    assert "[architectures.arm64.kernel]" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "place", "remedy"),
    [
        ("arm64.kernel", "arm65.kernel", "an architecture is 'arm65'", "arm64"),
        ("arm64.kernel", "arm64.kernels", "architectures.arm64.kernels is no part", "kernel"),
        ("package =", "packet =", "[architectures.arm64] says", "package"),
        ('["libzstd.so.1"]', "1", "[architectures.arm64] says", "a list of strings"),
        (ARM64, '\narchitectures = ["arm64"]\n', "compression.architectures", "method"),
        (ARM64, "\n[architectures]\narm64 = 1\n", "a table for each", "[architectures.arm64"),
    ],
)
def test_bad_keys_of_an_architecture(
    tmp_path: Path, old: str, new: str, place: str, remedy: str
) -> None:
    # They are found, whichever architecture is asked for.
    path = written(tmp_path, GOOD + ARM64.replace(old, new))
    with pytest.raises(BootError) as caught:
        Profile.from_toml(path)
    assert str(path) in caught.value.message
    assert place in caught.value.message
    assert remedy in caught.value.hint


def test_unknown_profile_lists_those_that_exist() -> None:
    with pytest.raises(BootError) as caught:
        Profile.named("clowd")
    assert "cloud" in caught.value.hint
    assert "generic" in caught.value.hint


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_profiles_of_the_repository_are_good(path: Path) -> None:
    assert Profile.from_toml(path).description
