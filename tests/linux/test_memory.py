from pathlib import Path

from bootpy.linux.memory import Memory, memory, peak


def test_this_machine_has_memory() -> None:
    found = memory()
    assert 16 << 20 < found.available < found.total
    assert 1 << 20 < peak() < found.total


def test_memory_is_in_bytes(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(
        "MemTotal:        4028440 kB\nMemFree:  1 kB\nMemAvailable:    3000000 kB\n"
        "HugePages_Total:       0\nOdd:\nno colon here\nMemTotalX: text\n"
    )
    assert memory(str(tmp_path / "meminfo")) == Memory(4028440 * 1024, 3000000 * 1024)


def test_what_proc_does_not_say_is_nought(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("MemTotal: 1 kB\n")
    assert memory(str(tmp_path / "old")) == Memory(1024, 0)
    assert memory(str(tmp_path / "none")) == Memory(0, 0)
    assert peak(str(tmp_path / "none")) == 0
