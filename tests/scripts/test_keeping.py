"""A backup of an open store holds together; a restore gives the same log and opens the same values."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.ours import COMMUNITY, fill
from domain.complaint.facts import ComplaintRegistered
from engine.engine import Engine
from engine.errors import StoreDamaged, StoreUnavailable
from scripts.keeping import BadBackup, backup, restore
from scripts.opening import opened
from scripts.setting_up import apply, load


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    with opened(tmp_path / "store") as engine:
        apply(engine.desk, load(COMMUNITY))
        fill(engine, 5)
        yield engine


def lines(engine: Engine) -> list[tuple[object, ...]]:
    return list(engine.log.rows(0, 10_000))


def first_text(engine: Engine) -> str | None:
    for line in engine.log.read():
        if isinstance(line.fact, ComplaintRegistered):
            name = "complaint.registered"
            return engine.vault.open_sealed(
                line.fact.text, stream=line.stream, version=line.version, name=name, field="text"
            )
    return None


def test_what_was_kept_comes_back_whole(store: Engine, tmp_path: Path) -> None:
    photo = store.data_dir / "blobs" / "ab" / ("ab" * 32)
    photo.parent.mkdir(parents=True, exist_ok=True)
    photo.write_bytes(b"a photo")
    kept = backup(store.data_dir, tmp_path / "monday")
    fill(store, 1)  # what came later is not in it

    restored = restore(tmp_path / "monday", tmp_path / "again")

    assert (restored.position, restored.evidence) == (kept.position, 1)
    assert (tmp_path / "again" / photo.relative_to(store.data_dir)).read_bytes() == b"a photo"
    with opened(tmp_path / "again") as again:
        assert lines(again) == lines(store)[: kept.position]
        assert first_text(again) == first_text(store) != None  # noqa: E711
        again.catch_up()
        fill(again, 1)


def test_a_backup_is_readable_by_its_owner_only(store: Engine, tmp_path: Path) -> None:
    backup(store.data_dir, tmp_path / "monday")
    assert (tmp_path / "monday").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten(store: Engine, tmp_path: Path) -> None:
    backup(store.data_dir, tmp_path / "monday")
    with pytest.raises(FileExistsError):
        backup(store.data_dir, tmp_path / "monday")
    with pytest.raises(FileExistsError):
        restore(tmp_path / "monday", store.data_dir)


def test_no_store_makes_no_backup(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        backup(tmp_path / "nowhere", tmp_path / "monday")
    assert not (tmp_path / "monday").exists()


def test_a_damaged_store_makes_no_backup(store: Engine, tmp_path: Path) -> None:
    store.close()
    log = store.data_dir / "log.db"
    content = bytearray(log.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    log.write_bytes(content)
    with pytest.raises(StoreDamaged):
        backup(store.data_dir, tmp_path / "monday")
    assert list(tmp_path.iterdir()) == [store.data_dir]


@pytest.mark.parametrize("damage", ["cut", "changed", "something else", "a path out of the folder"])
def test_a_bad_file_is_refused_and_leaves_nothing(store: Engine, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "monday"
    backup(store.data_dir, file)
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-2000])
    elif damage == "changed":
        repack(file, {"log.db": b"another log"})
    elif damage == "something else":
        file.write_bytes(b"a shopping list")
    else:
        repack(file, {}, extra="../outside")
    with pytest.raises(BadBackup):
        restore(file, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["monday", "store"]


def repack(file: Path, instead: dict[str, bytes], extra: str = "") -> None:
    with tarfile.open(file, "r:gz") as pack:
        held = [(member.name, pack.extractfile(member)) for member in pack]
        contents = [(name, instead.get(name, source.read() if source else b"")) for name, source in held]
    if extra:
        contents.append((extra, b"gotcha"))
    with tarfile.open(file, "w:gz") as pack:
        for name, content in contents:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            pack.addfile(entry, io.BytesIO(content))
