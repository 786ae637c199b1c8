"""Why the domain says no. The api turns each into an answer; nothing here knows HTTP."""


class Refused(Exception):
    """The command is well-formed, but not allowed now, and nothing was changed.

    `rule` is stable (`follow-up.reading-required`) and names an entry of the sentences shown to people;
    `detail` is a plain English sentence; `facts` fill the sentence's blanks in any language
    (`{"quantity": "room_temperature"}`); `help` says what would be allowed instead.
    """

    def __init__(self, rule: str, detail: str, *, help: str = "", **facts: object) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail
        self.help = help
        self.facts = facts
