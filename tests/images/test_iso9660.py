"""The inside of ISO images, made by xorriso and genisoimage, and by hand where they refuse."""

import errno
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from image_tools import SECTOR, fill, handmade_iso, iso, record, run

from bootpy.images.iso9660 import IsoVolume
from bootpy.volume import FolderVolume, Volume, Volumes

pytestmark = pytest.mark.usefixtures("no_descriptor_leaks")

LONG = "a-rather-long-name-" * 12
FILES: dict[str, str | bytes] = {
    "/casper/vmlinuz": b"kernel" * 5000,
    "/Mixed Case/Größe.txt": "text",
    "/one/two/three/four/five/six/seven/eight/nine/ten/deep": "deep",
    "/empty": "",
    f"/{LONG}": "long",
    "/relative": "-> casper/vmlinuz",
    "/one/up": "-> ../casper",
    "/absolute": "-> /one/two",
    "/one/two/absolute": "-> /casper",
    "/one/two/root": "-> /",
    "/out": "-> ../../../../casper/vmlinuz",
    "/gone": "-> /none",
    "/round": "-> round",
    "/far": "-> " + "one/two/../../" * 60 + "casper/vmlinuz",
}

LONGEST = (f"/{LONG}", "/far")  # for which genisoimage never ends


def made(image: Path) -> dict[str, str | bytes]:
    """What of FILES is in the image."""
    return {path: FILES[path] for path in FILES if os.path.lexists(f"{image}.d{path}")}


def inside(image: Path) -> IsoVolume:
    return IsoVolume(FolderVolume(str(image.parent), name="sda1"), f"/{image.name}")


@pytest.fixture(scope="module", params=["xorriso", "genisoimage"])
def image(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    files = {
        path: FILES[path] for path in FILES if request.param == "xorriso" or path not in LONGEST
    }
    return iso(folder / "x.iso", files, label="Debian 12.0.0 amd64 n", tool=request.param)


def test_files_are_read(image: Path) -> None:
    volume = inside(image)
    for path, content in made(image).items():
        if not (isinstance(content, str) and content.startswith("-> ")):
            whole = content if isinstance(content, bytes) else content.encode()
            assert volume.read(path) == whole, path
            status = volume.status(path)
            assert status is not None
            assert (status.kind, status.size) == ("file", len(whole))
            assert status.modified == int(os.stat(f"{image}.d{path}").st_mtime)
            fd = volume.open(path)
            assert os.read(fd, len(whole) + 1) == whole
            assert os.fstat(fd).st_size == len(whole)
            assert not os.get_inheritable(fd)
            os.close(fd)


def test_links_stay_inside(image: Path) -> None:
    volume = inside(image)
    for path in (
        "/relative",
        "/one/up/vmlinuz",
        "/one/two/absolute/vmlinuz",
        "/one/two/root/casper/vmlinuz",
        "/absolute/../../casper/vmlinuz",
        "/out",
        "/far",
    ):
        if path != "/far" or path in made(image):
            assert volume.read(path) == FILES["/casper/vmlinuz"], path
    assert volume.read("/../casper/./vmlinuz") == FILES["/casper/vmlinuz"]
    assert volume.names("/absolute") == ["absolute", "root", "three"]
    assert volume.status("/gone") is None
    assert volume.status("/round") is None


def test_names_keep_their_case(image: Path) -> None:
    volume = inside(image)
    names = {path.split("/")[1] for path in made(image)}
    assert set(volume.names("/")) - {"rr_moved"} == names
    assert volume.names("/Mixed Case") == ["Größe.txt"]
    assert volume.names("/casper/vmlinuz") == volume.names("/none") == []
    assert volume.names("/rr_moved") == []  # what was moved there is shown where it belongs
    assert not volume.ignores_case
    assert volume.status("/CASPER/VMLINUZ") is None


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/none", errno.ENOENT),
        ("/casper/vmlinuz/", errno.ENOTDIR),
        ("/casper/vmlinuz/x", errno.ENOTDIR),
        ("/casper", errno.EISDIR),
        ("/", errno.EISDIR),
        ("/gone", errno.ENOENT),
        ("/round", errno.ELOOP),
        ("/a\0b", errno.ENOENT),
        ("/\udce4", errno.ENOENT),
        ("", errno.ENOENT),
        ("/a" * 5000, errno.ENAMETOOLONG),
    ],
)
def test_what_cannot_be_read_says_why(image: Path, path: str, number: int) -> None:
    for attempt in (inside(image).read, inside(image).open):
        with pytest.raises(OSError) as caught:  # noqa: PT011 -- the number tells them apart
            attempt(path)
        assert caught.value.errno == number


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    fill(tmp_path / "x.iso.d", {"a": "b"})
    os.mkfifo(tmp_path / "x.iso.d/fifo")
    volume = inside(iso(tmp_path / "x.iso", {}))
    status = volume.status("/fifo")
    assert status is not None
    assert status.kind == "other"
    with pytest.raises(OSError, match="neither a file nor a folder"):
        volume.open("/fifo")


def test_a_limit_is_kept_to_the_byte(image: Path) -> None:
    assert inside(image).read("/casper/vmlinuz", 30_000) == FILES["/casper/vmlinuz"]
    with pytest.raises(OSError, match="larger than 29999 bytes"):
        inside(image).read("/casper/vmlinuz", 29_999)


@pytest.mark.parametrize("label", ["Debian 12.0.0 amd64 n", "FEDORA", "Ubuntu 22.04.3 LTS amd64"])
@pytest.mark.parametrize("options", [("-R", "-J"), ("-R",), ("-J",)])
def test_names_of_the_volume_are_as_blkid_shows_them(
    tmp_path: Path, label: str, options: tuple[str, ...]
) -> None:
    image = iso(tmp_path / "x.iso", {"a": "b"}, *options, label=label)
    words = ["blkid", "-p", "-o", "value", "-s"]
    told = [
        subprocess.run([*words, tag, image], capture_output=True, text=True, check=True).stdout
        for tag in ("UUID", "LABEL")
    ]
    volume = inside(image)
    assert [f"{volume.uuid}\n", f"{volume.label}\n"] == told
    assert volume.name == "sda1:/x.iso"


def test_without_a_last_change_the_making_is_the_uuid(tmp_path: Path) -> None:
    content = bytearray(handmade_iso([], {}))
    for change, uuid in (
        (bytes(17), "2023-06-10-10-20-30-00"),
        (b"0" * 16 + b"\0", "2023-06-10-10-20-30-00"),
        (b"2024010203040599\0", "2024-01-02-03-04-05-99"),
    ):
        content[16 * SECTOR + 830 : 16 * SECTOR + 847] = change
        (tmp_path / "x.iso").write_bytes(content)
        assert inside(tmp_path / "x.iso").uuid == uuid


def test_joliet(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"/Some Folder/Ünïcode name.TXT": "text", "/x;1.y": "odd"}
    volume = inside(iso(tmp_path / "x.iso", files, "-J", tool="genisoimage"))
    assert volume.names("/Some Folder") == ["Ünïcode name.TXT"]
    assert volume.read("/some folder/ÜNÏCODE NAME.txt") == b"text"
    assert volume.ignores_case


def test_plain_names_have_small_letters_and_no_version(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"/BOOT/VMLINUZ": "kernel", "/BOOT/INITRD.GZ": "initrd"}
    volume = inside(iso(tmp_path / "x.iso", files, "-iso-level", "1", tool="genisoimage"))
    assert volume.names("/boot") == ["initrd.gz", "vmlinuz"]
    assert volume.read("/Boot/Initrd.gz") == b"initrd"


def test_a_folder_of_many_sectors(tmp_path: Path) -> None:
    names = [f"file-{number:04}" for number in range(1500)]
    volume = inside(iso(tmp_path / "x.iso", {f"/many/{name}": name for name in names}))
    assert volume.names("/many") == names
    assert volume.read("/many/file-1234") == b"file-1234"


def test_a_file_in_several_extents(tmp_path: Path) -> None:
    whole = b"a" * SECTOR + b"b" * SECTOR + b"end"
    records = [
        record(b"BIG.;1", 30, SECTOR, more=True),
        record(b"BIG.;1", 25, SECTOR, more=True),
        record(b"BIG.;1", 27, 3),
        record(b"NEXT.;1", 27, 3),
    ]
    contents = {30: b"a" * SECTOR, 25: b"b" * SECTOR, 27: b"end"}
    (tmp_path / "x.iso").write_bytes(handmade_iso(records, contents))
    volume = inside(tmp_path / "x.iso")
    assert volume.names("/") == ["big", "next"]
    assert volume.read("/big") == whole
    fd = volume.open("/big")
    assert os.read(fd, 10_000) == whole
    os.close(fd)


def test_packed_files_are_refused(tmp_path: Path) -> None:
    content = fill(tmp_path / "d", {"packed": b"text " * 10_000})
    options = ("-zisofs", "level=9", "-set_filter_r", "--zisofs", "/packed", "--")
    run("xorriso", "-outdev", tmp_path / "x.iso", "-map", content, "/", *options)
    with pytest.raises(OSError, match="compressed inside the image") as caught:
        inside(tmp_path / "x.iso").read("/packed")
    assert caught.value.errno == errno.EOPNOTSUPP


def udf_alone() -> bytes:
    signs = (b"BEA01", b"NSR02", b"TEA01")
    return bytes(16 * SECTOR) + b"".join(
        (b"\0" + sign + b"\1").ljust(SECTOR, b"\0") for sign in signs
    )


@pytest.mark.parametrize(
    ("content", "number", "reason"),
    [
        (b"", errno.EINVAL, "too short"),
        (bytes(100_000), errno.EINVAL, "no volume descriptor"),
        (udf_alone(), errno.EOPNOTSUPP, "UDF alone"),
        (handmade_iso([], {})[: 20 * SECTOR], errno.EIO, "truncated"),
        (handmade_iso([], {}).replace(b"\x00\x08", b"\x01\x08"), errno.EIO, "blocks of"),
    ],
)
def test_what_is_no_image_says_so(tmp_path: Path, content: bytes, number: int, reason: str) -> None:
    (tmp_path / "x.iso").write_bytes(content)
    with pytest.raises(OSError, match=reason) as caught:
        inside(tmp_path / "x.iso")
    assert caught.value.errno == number


def test_udf_beside_iso9660_is_known(tmp_path: Path) -> None:
    assert inside(iso(tmp_path / "x.iso", {"a": "b"}, "-udf", tool="genisoimage")).udf
    assert not inside(iso(tmp_path / "y.iso", {"a": "b"})).udf


def test_a_truncated_image(image: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.iso"
    content = image.read_bytes()
    short.write_bytes(content[: content.index(b"kernelkernel") + SECTOR])
    volume = inside(short)
    assert volume.status("/casper/vmlinuz") is not None
    for attempt in (volume.read, volume.open):
        with pytest.raises(OSError, match="truncated") as caught:
            attempt("/casper/vmlinuz")
        assert caught.value.errno == errno.EIO


def test_folders_that_contain_themselves_end(tmp_path: Path) -> None:
    again = record(b"AGAIN", 20, SECTOR, folder=True)
    (tmp_path / "x.iso").write_bytes(handmade_iso([again], {}))
    volume = inside(tmp_path / "x.iso")
    assert volume.names("/" + "again/" * 1000) == ["again"]
    assert volume.status("/again" * 5000) is None


def test_absurd_sizes(tmp_path: Path) -> None:
    records = [
        record(b"FOLDER", 20, 0xFFFFF800, folder=True),
        record(b"FILE.;1", 20, 0xFFFFFFFF),
        *[record(b"HUGE.;1", 0, 0xFFFFFFFF, more=True)] * 30,
        record(b"HUGE.;1", 0, 1),
    ]
    path = tmp_path / "x.iso"
    path.write_bytes(handmade_iso(records, {}))
    os.truncate(path, 0xFFFFFFFF)  # sparse: it takes up no more of the disk
    volume = inside(path)
    assert volume.names("/folder") == []
    with pytest.raises(OSError, match="truncated"):
        volume.open("/file")
    with pytest.raises(OSError, match="MiB of memory") as caught:
        volume.open("/huge")
    assert caught.value.errno == errno.ENOMEM


def both(number: int) -> bytes:
    return number.to_bytes(4, "little") + number.to_bytes(4, "big")


def goes_on(block: int, size: int) -> bytes:
    return b"CE\x1c\1" + both(block) + both(0) + both(size)


ROCK_RIDGE = b"SP\7\1\xbe\xef\0" + b"PX\x24\1" + both(0o40755) + bytes(24)


def test_continuations_that_go_round_end(tmp_path: Path) -> None:
    use = b"NM\6\1\0x" + goes_on(25, 28)
    image = handmade_iso(
        [record(b"X.;1", 26, 4, use=use)], {25: goes_on(25, 28), 26: b"text"}, ROCK_RIDGE
    )
    (tmp_path / "x.iso").write_bytes(image)
    volume = inside(tmp_path / "x.iso")
    assert not volume.ignores_case
    assert volume.read("/x") == b"text"


def test_a_name_in_several_places(tmp_path: Path) -> None:
    second, third = b"NM\x08\1\1ne-" + goes_on(26, 9), b"NM\x09\1\0name"
    use = b"NM\6\1\1o" + goes_on(25, len(second))
    image = handmade_iso(
        [record(b"X.;1", 27, 4, use=use)], {25: second, 26: third, 27: b"text"}, ROCK_RIDGE
    )
    (tmp_path / "x.iso").write_bytes(image)
    assert inside(tmp_path / "x.iso").names("/") == ["one-name"]


def test_volumes_find_what_is_inside_by_name(image: Path) -> None:
    home = FolderVolume(str(image.parent), name="sda1", grub="hd0,msdos1")
    volumes = Volumes([home])
    found = volumes.named("sda1:/x.iso")
    assert found is not None
    assert found.read("/empty") == b""
    assert volumes.named("sda1:/x.iso") is volumes.inside(home, "/x.iso") is found
    assert volumes.named("hd0,msdos1:/x.iso") is found
    assert list(volumes) == [home]
    for name in ("sda1:/none.iso", "sda2:/x.iso", "sda1:", "sda1:x.iso", ":/x.iso", "sda1:/"):
        assert volumes.named(name) is None, name
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            volumes.inside(home, "/none.iso")


def test_an_image_inside_of_an_image_is_refused(tmp_path: Path) -> None:
    inner = iso(tmp_path / "inner.iso", {"a": "b"}).read_bytes()
    iso(tmp_path / "outer.iso", {"inner.iso": inner})
    volumes = Volumes([FolderVolume(str(tmp_path), name="sda1")])
    outer = volumes.named("sda1:/outer.iso")
    assert outer is not None
    with pytest.raises(OSError, match="inside of another image"):
        volumes.inside(outer, "/inner.iso")


def look_at_everything(volume: Volume) -> None:
    for path in ("/", *(str(path) for path in FILES)):
        volume.status(path)
        volume.names(path)
        try:
            volume.read(path, 1 << 20)
        except OSError:
            continue


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(max_size=4)), max_size=30))
def test_damage_gives_nothing_but_an_os_error(
    image: Path, tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes]]
) -> None:
    content = bytearray(image.read_bytes())
    descriptors = 16 * SECTOR
    for place, new in changes:
        # The system area is not looked at: damage that nobody sees tests nothing.
        at = descriptors + place % (len(content) - descriptors)
        content[at : at + len(new)] = new
    damaged = tmp_path_factory.mktemp("damaged") / "x.iso"
    damaged.write_bytes(content)
    try:
        look_at_everything(inside(damaged))
    except OSError:
        pass
    finally:
        damaged.unlink()
