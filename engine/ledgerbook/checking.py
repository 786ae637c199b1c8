"""Reads everything again: each stored row against its hash, each tile, each checkpoint, the high-water mark.

What is wrong is told as findings in the order of the log, so the first one is the first bad event. Nothing is
written.
"""

from collections.abc import Callable, Iterable, Iterator

from engine.ledgerbook.book import Book, Kept, State
from engine.ledgerbook.checkpoints import Checkpoint, opened
from engine.ledgerbook.findings import Finding, Places, Report
from engine.ledgerbook.keyfile import KeyFile, Keys, KeyUnusable
from engine.ledgerbook.leaf import row_hash, row_hashes
from engine.ledgerbook.notes import Note, NoteRefused
from engine.ledgerbook.tiles import WIDTH, Growth, TilesDamaged
from engine.ledgerbook.tree import HASH, Growing
from engine.log import Log, Row

BATCH = 10_000

Progress = Callable[[int, int], None]


def check(log: Log, book: Book, keys: KeyFile, against: str = "", progress: Progress | None = None) -> Report:
    """Everything there is, up to the head. `against`: a checkpoint kept elsewhere, as a note.

    NoteRefused if that is not one of this log. KeyUnusable if the keys are gone.
    """
    return _Checking(log, book, keys, progress or (lambda done, of: None)).run(against)


class _Checking:
    def __init__(self, log: Log, book: Book, keys: KeyFile, progress: Progress) -> None:
        self.log = log
        self.book = book
        self.keyfile = keys
        self.progress = progress
        self.report = Report()
        self.versions: dict[str, int] = {}
        self.recorded_at = 0
        self.tree = Growing()
        """Grows from the stored hashes, as the checkpoints did."""
        self.rows_tree: Growing | None = None
        """Grows from the rows, from the first difference on."""
        self.suspects: list[tuple[int, Row]] = []
        """(index, row) where the stored hash is another, since the last checkpoint."""
        self.growth = Growth(0, [])

    def run(self, against: str) -> Report:
        # In this order: beside a server that signs meanwhile, what is read later only covers more.
        last, self.marked = self.book.last(), self.keyfile.mark()
        state = self.book.state()
        keys = self.keyfile.keys() if last is not None or self.marked is not None else None
        self.largest = -1 if last is None else last.size
        self.places = Places(self.book.runs(), state.size)
        self.report.size = state.size
        self.waiting = self._signed(keys, state, against)
        self.due = next(self.waiting, None)
        self._settle()
        self._rows(state)
        self._settle(last=True)
        self._tiles(state)
        self._mark(keys, state)
        return self.report

    # ------------------------------------------------------------------ rows

    def _rows(self, state: State) -> None:
        head, after, index = self.log.head(), 0, 0
        while rows := self.log.rows(after, BATCH):
            after = rows[-1][0]
            hashed = [row for row in rows if row[0] <= state.position]
            self.report.unhashed += len(rows) - len(hashed)
            index = self._hashed(hashed, index)
            self._structure(rows)
            self.report.events += len(rows)
            self.progress(after, head)
        if index < state.size:
            self._missing(index, state.size, "the log ends before")
            self._feed(self.book.leaves(index, state.size), None, index)

    def _structure(self, rows: list[Row]) -> None:
        versions, before = self.versions, self.recorded_at
        for position, stream, version, name, recorded_at, _ in rows:
            due = versions.get(stream, 0) + 1
            if due != version:
                self.report.gap(stream)
                told = f"position {position} is version {version} of {stream}, where version {due} is due"
                self.report.add(Finding("audit.version", told, position, stream))
            versions[stream] = version
            if not isinstance(recorded_at, int) or recorded_at < before:
                told = f"position {position} ({name} of {stream}) says it was recorded before the one ahead"
                self.report.add(Finding("audit.clock", told, position, stream))
            else:
                before = recorded_at
        self.recorded_at = before

    def _hashed(self, rows: list[Row], index: int) -> int:
        """Compare rows with the hashes from `index` on; returns the index that is due next."""
        if not rows:
            return index
        ends = index + len(rows)
        if ends <= self.places.size and self._in_place(rows, index, ends):
            stored = self.book.leaves(index, ends)
            try:
                found = row_hashes(rows)
            except Exception:  # a column of another type: found one by one
                found = b""
            if found == stored:
                self._feed(stored, stored, index)
                return ends
        return self._one_by_one(rows, index)

    def _in_place(self, rows: list[Row], index: int, ends: int) -> bool:
        first, last = self.places.position(index), self.places.position(ends - 1)
        return (rows[0][0], rows[-1][0]) == (first, last) and all(
            self.places.position(n) == row[0] for n, row in enumerate(rows, index)
        )

    def _one_by_one(self, rows: Iterable[Row], index: int) -> int:
        for row in rows:
            at = self.places.index(row[0])
            if at is None or at < index:
                self.report.add(
                    Finding(
                        "audit.row-inserted",
                        f"position {row[0]} ({row[3]} of {row[1]}) was put in afterwards: no entry was ever "
                        "recorded there",
                        row[0],
                        row[1],
                    )
                )
                continue
            if at > index:
                self._missing(index, at, "the log has lost")
                self._feed(self.book.leaves(index, at), None, index)
            stored, found = self.book.leaves(at, at + 1), hash_of(row)
            if found != stored:
                self.suspects.append((at, row))
            self._feed(stored, found, at)
            index = at + 1
        return index

    def _missing(self, first: int, last: int, what: str) -> None:
        position, until = self.places.position(first), self.places.position(last - 1)
        which = f"position {position}" if first + 1 == last else f"positions {position} to {until}"
        count = "1 entry" if last - first == 1 else f"{last - first} entries"
        self.report.add(Finding("audit.row-missing", f"{which}: {what} {count} that were hashed", position))

    def _feed(self, stored: bytes, found: bytes | None, index: int) -> None:
        """Let both trees grow, stopping at every checkpoint. `found` None: no row is there."""
        if self.rows_tree is None and found != stored:
            self.rows_tree = Growing(self.tree.size, self.tree.edge)
        self._tiles_grow(stored)
        at = 0
        while at < len(stored):
            left = (len(stored) - at) // HASH
            take = left if self.due is None else min(left, max(1, self.due[1].size - self.tree.size))
            part = slice(at, at + take * HASH)
            self.tree.take_all(stored[part])
            if self.rows_tree is not None:
                self.rows_tree.take_all((stored if found is None else found)[part])
            at += take * HASH
            self._settle()

    # ------------------------------------------------------------------ tiles

    def _tiles_grow(self, stored: bytes) -> None:
        for level, n, width, data in self.growth.add(stored):
            if level and width == WIDTH and self.book.tile(level, n) != data:
                self._tile(level, n)

    def _tiles(self, state: State) -> None:
        """The partial tiles at the right edge."""
        entries = state.size
        for level, data in enumerate(self.growth.partial):
            n, width = divmod(entries, WIDTH)
            if level and width and not (self.book.tile(level, n) or b"").startswith(data):
                self._tile(level, n)
            entries = n

    def _tile(self, level: int, n: int) -> None:
        first = self.places.position(min(n * WIDTH ** (level + 1), max(0, self.places.size - 1)))
        self.report.add(
            Finding(
                "audit.tile",
                f"tile {n} of level {level} (entries from position {first} on) is not the hash of what is "
                "below it",
            )
        )

    # ------------------------------------------------------------------ checkpoints

    def _signed(self, keys: Keys | None, state: State, against: str) -> Iterator[tuple[str, Checkpoint]]:
        """Every checkpoint whose signature holds, the smallest first, with what to call it."""
        kept_elsewhere = None
        if against:
            if keys is None:
                raise NoteRefused("nothing was ever signed here")
            kept_elsewhere = opened(Note.read(against), keys.verifiers)
            if kept_elsewhere.origin != keys.origin:
                raise NoteRefused(f"it is a checkpoint of {kept_elsewhere.origin}, not of {keys.origin}")
        after = -1
        while keys and after < self.largest and (page := self.book.checkpoints_from(after)):
            for kept in page:
                after = kept.size
                if kept.size > self.largest:
                    break
                if kept_elsewhere is not None and kept_elsewhere.size <= kept.size:
                    yield "the checkpoint kept elsewhere", kept_elsewhere
                    kept_elsewhere = None
                found = self._opened(kept, keys)
                if found is not None:
                    self.report.checkpoints += 1
                    self.report.signed = kept.size
                    yield "the checkpoint", found
        if kept_elsewhere is not None:
            yield "the checkpoint kept elsewhere", kept_elsewhere

    def _opened(self, kept: Kept, keys: Keys) -> Checkpoint | None:
        try:
            found = opened(Note.read(kept.note), keys.verifiers)
            if found != Checkpoint(keys.origin, kept.size, kept.root):
                raise NoteRefused("it does not say what it is filed under")
        except NoteRefused as error:
            self.report.add(
                Finding("audit.checkpoint", f"the checkpoint of {kept.size} entries: {error}", size=kept.size)
            )
            return None
        return found

    def _settle(self, *, last: bool = False) -> None:
        """Compare with the checkpoints of the size reached."""
        while self.due is not None and self.due[1].size == self.tree.size:
            self._compare(*self.due)
            self.due = next(self.waiting, None)
        if last:
            while self.due is not None:
                what, signed = self.due
                self.report.add(
                    Finding(
                        "audit.truncated",
                        f"{what} covers {signed.size} entries, of which only {self.tree.size} are here",
                        size=signed.size,
                    )
                )
                self.due = next(self.waiting, None)
            self._blame(tiles=False)

    def _compare(self, what: str, signed: Checkpoint) -> None:
        rows_hold = self.rows_tree is not None and self.rows_tree.root() == signed.root
        if self.tree.root() != signed.root and not rows_hold:
            self.report.add(
                Finding(
                    "audit.rewritten",
                    f"{what} of {signed.size} entries was signed over another tree",
                    size=signed.size,
                )
            )
        if self.suspects:
            self._blame(tiles=rows_hold)
        if rows_hold and self.rows_tree is not None:
            self.tree = self.rows_tree
        if rows_hold or self.tree.root() == signed.root:
            self.rows_tree = None

    def _blame(self, *, tiles: bool) -> None:
        """Say of each difference whether the row or its stored hash was altered: what was signed tells."""
        for _, (position, stream, version, name, _, _) in self.suspects:
            if tiles:
                code, said = "audit.tile", "is as it was signed, but its stored hash was altered"
            else:
                code, said = "audit.row-changed", "is not what was recorded"
            told = f"position {position} ({name}, version {version} of {stream}) {said}"
            self.report.add(Finding(code, told, position, stream))
        self.suspects.clear()

    # ------------------------------------------------------------------ the mark

    def _mark(self, keys: Keys | None, state: State) -> None:
        mark = self.marked
        if keys is None:
            return
        try:
            if mark is None:
                raise KeyUnusable(
                    "checkpoints were signed, but the high-water mark is gone: this store was restored"
                )
            marked = opened(Note.read(mark), keys.verifiers)
            if marked.size > state.size:
                told = f"{marked.size} entries were signed once, {state.size} are here: this store is older"
                self.report.add(Finding("audit.rolled-back", told, size=marked.size))
            elif self.book.shelf().root(marked.size) != marked.root:
                told = f"the first {marked.size} entries are not those the high-water mark was signed for"
                self.report.add(Finding("audit.rewritten", told, size=marked.size))
            elif self.book.at(marked.size) is None:
                told = f"the checkpoint of {marked.size} entries was signed and is no longer kept"
                self.report.add(Finding("audit.checkpoint", told, size=marked.size))
        except (NoteRefused, KeyUnusable, TilesDamaged) as error:
            self.report.add(Finding("audit.unmarked", str(error)))


def hash_of(row: Row) -> bytes:
    """The row's hash; 32 zero bytes for a row whose columns are no longer of the types they were."""
    try:
        return row_hash(row)
    except Exception:
        return bytes(HASH)
