"""Where a household lives: one address of a grid is one dwelling, however it is spelt."""

from datetime import date

from domain.households.orders import Home
from engine.ids import derived_id
from engine.vault import Vault


def home_at(
    vault: Vault,
    household: str,
    grid: str,
    compound: str,
    address: str,
    *,
    tenancy: str = "",
    tenure: str = "",
    since: date | None = None,
) -> Home | None:
    """The dwelling of the address, and the tenancy of the household in it: the first one, unless `tenancy`
    names another. None for an empty address."""
    place = vault.place_key(address)
    if not place:
        return None
    dwelling = derived_id("dw", grid, place)
    first = derived_id("ten", household, dwelling)
    return Home(dwelling, tenancy or first, grid, compound, address, tenure, since)
