"""Derived ids stand on disk for ever: they are what the library's UUIDs of version 5 would be."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from engine.ids import DERIVED, derived_id, new_id

TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT, TEXT)
def test_a_derived_id_is_a_uuid_of_version_5(source: str, number: str) -> None:
    expected = uuid5(DERIVED, f"{source}\0{number}")
    assert derived_id("c", source, number) == f"c-{expected.hex}"


def test_a_derived_id_never_changes() -> None:
    assert derived_id("c", "boston311", "101001240734") == "c-b1c66b1f432d5de9a304575056cece46"


def test_new_ids_stand_in_the_order_they_were_made() -> None:
    made = [new_id("c") for _ in range(100)]
    assert len(set(made)) == 100
    assert [id[:14] for id in made] == sorted(id[:14] for id in made)
    assert UUID(made[0][2:])
