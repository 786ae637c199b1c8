"""What a weekly spot check leaves in the log: the frame, then the draw out of it."""

from datetime import date

from domain.messages import fact
from domain.sampling.draw import Ticket


@fact("sampling.frame-fixed")
class FrameFixed:
    """The cases closed or unreached in the week, as the log knew them up to `position`, under the checkpoint
    (`size`, `size_root` in base64) that was signed by then and co-signed by `witnesses`. `root` is the
    frame's; `many` cases will be drawn, by the version `supervision` of the book. `fixed_on` is the local
    day."""

    week: str
    place: str
    position: int
    size: int
    size_root: str
    witnesses: tuple[str, ...]
    tickets: tuple[Ticket, ...]
    root: str
    many: int
    supervision: str
    fixed_on: date


@fact("sampling.sample-drawn")
class SampleDrawn:
    """A public value nobody could know before, and what it draws. `method`: dice, lottery. The frame stands
    under the checkpoint (`size`, `size_root`), signed before the value was recorded."""

    method: str
    source: str
    value: str
    drawn_on: date
    present: tuple[str, ...]
    size: int
    size_root: str
    witnesses: tuple[str, ...]
    seed: str
    cases: tuple[str, ...]


Fact = FrameFixed | SampleDrawn
