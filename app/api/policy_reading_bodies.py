"""What is read out of packs: the questions they ask, and how two of them differ."""

from pydantic import Field

from app.api.bodies import AnswerBody


class QuestionOption(AnswerBody):
    """One value a fact, or one kind a unit, can have."""

    code: str
    label: str


class PlaceOfRule(AnswerBody):
    """A clause and where it is printed."""

    provision: str
    place: str


class QuestionReader(AnswerBody):
    """A rule that reads the fact: in which conditions, on which clauses."""

    rule: str
    stage: str
    binds: str
    stagger_class: str | None
    conditions: list[str]
    citations: list[PlaceOfRule]


class PackQuestion(AnswerBody):
    """One fact as a field of a form; a derived one is computed, so its inputs are asked instead."""

    fact: str
    label: str
    question: str
    type: str
    unit: str | None
    options: list[QuestionOption]
    subject: str = Field(description="The level it is asserted at, or above.")
    groups: list[str] = Field(description="Groups of `registrations` of whose members it is asked.")
    derived: bool
    derived_from: list[str]
    needed_for: list[str] = Field(description="Derived facts it is an input of.")
    absent: str | None = Field(description="What no record means, where an authority records the event.")
    absent_reason: str | None
    stage: str = Field(description="The earliest stage that reads it.")
    read_by: list[QuestionReader]


class PackRegistration(AnswerBody):
    """Lines, processes or units that have to be registered; no `kinds` means of every kind."""

    level: str
    kinds: list[QuestionOption]
    group: str | None
    label: str | None
    within: str | None
    rules: list[str]


class PackQuestions(AnswerBody):
    """Everything a pack asks about an industry, most pressing first."""

    name: str
    version: str
    industry: str | None
    questions: list[PackQuestion]
    registrations: list[PackRegistration]


class DiffSide(AnswerBody):
    """One of the two packs; a draft has no hash."""

    name: str
    version: str
    hash: str | None


class DiffChange(AnswerBody):
    """One aspect before and after, in words; null is "not there"."""

    aspect: str
    label: str
    item: str | None = Field(description="The printed item the condition stands at.")
    before: str | None
    after: str | None
    says: str


class DiffCitation(AnswerBody):
    """A clause, where it is printed, and what it says in our own words."""

    provision: str
    place: str | None
    says: str | None


class DiffItem(AnswerBody):
    """Something added, removed or changed; `before` and `after` are the whole of what was removed or added."""

    section: str
    key: str
    label: str
    change: str
    before: str | None
    after: str | None
    changes: list[DiffChange]
    citations: list[DiffCitation]


class DiffPlace(DiffCitation):
    """A printed place something changed about: the clause itself, or rules that cite it."""

    change: str | None
    changes: list[DiffChange]
    rules: list[str]


class PackDiffOut(AnswerBody):
    """How two packs differ; equal content gives `same` and empty lists."""

    before: DiffSide
    after: DiffSide
    same: bool
    rules: list[DiffItem]
    provisions: list[DiffPlace]
    sections: list[DiffItem]
