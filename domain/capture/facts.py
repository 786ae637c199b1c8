"""What a capture without signal leaves in the log."""

from datetime import datetime

from domain.messages import Sealed, fact


@fact("capture.recorded")
class CaptureRecorded:
    """What was noted at the door without signal was recorded, in the same save as this. It keeps the device's
    id from being recorded twice, for ever.

    `what`: follow-up, attempt, booking, care-visit; `about` the stream it was recorded for. `device_at` is
    the device's clock when it was noted; `offset` the seconds that clock was ahead of the server's when the
    list was taken along at `taken_at`, None where no list was.
    """

    what: str
    about: str
    grid: str
    device_at: datetime
    offset: int | None
    taken_at: datetime | None


@fact("capture.kept")
class CaptureKept:
    """What was noted could not be recorded, and is kept until somebody settles it. `content` is the body as
    the device sent it (JSON), None where whom it speaks of was erased; `refusal` the rule that refused.
    The rest as in CaptureRecorded."""

    what: str
    about: str
    grid: str
    device_at: datetime
    offset: int | None
    taken_at: datetime | None
    refusal: str
    content: Sealed | None
    photos: tuple[str, ...]


@fact("capture.settled")
class CaptureSettled:
    """`how`: recorded (anew by hand, as `recorded_as`), dropped."""

    how: str
    recorded_as: str
    reason: Sealed


Fact = CaptureRecorded | CaptureKept | CaptureSettled
