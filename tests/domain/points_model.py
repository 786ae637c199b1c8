"""Points kept by plain arithmetic, to compare the real ledger with: it knows no fact and no posting."""

from collections import Counter


class Model:
    """Available, held and owed of each account, and the goods that can still be ordered."""

    def __init__(self) -> None:
        self.available: Counter[str] = Counter()
        self.owed: Counter[str] = Counter()
        self.holds: dict[str, tuple[str, int]] = {}
        self.goods: Counter[str] = Counter()

    def credit(self, of: str, points: int) -> None:
        settled = min(self.owed[of], points)
        self.owed[of] -= settled
        self.available[of] += points - settled

    def hold(self, name: str, of: str, points: int) -> None:
        points = min(points, self.available[of])
        self.available[of] -= points
        self.holds[name] = of, points

    def release(self, name: str) -> None:
        of, points = self.holds.pop(name)
        self.available[of] += points

    def take(self, name: str, of: str, points: int) -> int:
        """What is owed for it now; orders that the ruling ends were released before."""
        self.release(name)
        missing = max(0, points - self.available[of])
        self.available[of] -= points - missing
        self.owed[of] += missing
        return missing

    def give_back(self, of: str, points: int, missing: int) -> None:
        struck = min(missing, self.owed[of])
        self.owed[of] -= struck
        self.available[of] += points - struck
