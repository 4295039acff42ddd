"""Assertions: who said what about which subject, since when, on which paper, and what that makes of a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from uuid import UUID

from app.domain.access import Origin
from app.domain.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.domain.facts.derivations import AIR_OXYGEN_PCT, flue_oxygens
from app.domain.facts.values import ValueRefused, canonical
from app.domain.policies.facts import LEVELS, Catalogue, FactSpec, FactType, Level


class FactUnknown(Invalid):
    code = "fact_unknown"
    zh = "事实目录中没有“{name}”。{hint}全部事实见 GET /v1/facts。"
    en = "The fact catalogue has no {name!r}. {hint_en}All facts are listed at GET /v1/facts."


class FactsInvalid(Invalid):
    code = "facts_invalid"
    zh = "事实内容不符合要求，详见 errors。"
    en = "The facts do not fit the catalogue; see errors."


class AssertionUnknown(NotFound):
    code = "assertion_unknown"
    zh = "没有这条事实记录，或您无权查看。"
    en = "There is no such assertion, or you may not see it."


class SubjectUnknown(NotFound):
    code = "subject_unknown"
    zh = "该企业没有编号为 {subject_id} 的对象。"
    en = "The enterprise has no subject {subject_id}."


class AssertionRetracted(Conflict):
    code = "assertion_retracted"
    zh = "该事实记录已撤回，不能再核验或撤回。"
    en = "This assertion has been retracted; it can no longer be verified or retracted."


class AssertionVerified(Conflict):
    code = "assertion_verified"
    zh = "该事实记录已核验，无需重复核验。"
    en = "This assertion has already been verified."


class VerifierIsAsserter(Forbidden):
    code = "verifier_is_asserter"
    zh = "申报者不能核验自己的申报；请由另一凭证或另一人员核验。"
    en = "Who asserted a fact cannot verify it; another credential or person must."


class VerificationRetroactive(Invalid):
    code = "verification_retroactive"
    zh = "counts_from 须早于本年度首日 {first}：本年度内的核验自登记之日起计，不溯及既往（A-L29）；可不填 counts_from。"
    en = (
        "counts_from lies before {first}, the first day of the season that is going on: a verification made within a "
        "season counts from the day it is recorded, never retroactively (A-L29). Leave counts_from out."
    )


class VerificationWithoutBasis(Invalid):
    code = "verification_without_basis"
    zh = "填写 counts_from（补录以往的核验，A-L29）须在 note 中写明依据，例如验收文号。"
    en = "With counts_from (a verification of earlier winters, A-L29), `note` says what it rests on, such as the paper of acceptance."


class AuthorityRecords(Forbidden):
    code = "authority_records"
    zh = "“{fact_zh}”由管辖地区 {region} 的主管部门登记，企业自己的凭证不能填报、核验或撤回；请向主管部门申请。"
    en = "{fact} is put on record by the authority of region {region}; an enterprise's own credential cannot say it, verify it or take it back."


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One fact as it is claimed: canonical value and the period it is claimed for (`valid_to` exclusive)."""

    fact: str
    type: FactType
    value: str
    valid_from: date | None = None
    valid_to: date | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What was said about an assertion later: that it was verified, or retracted and why."""

    at: datetime
    by: Origin
    note: str | None
    # A verification's first day; None where it was recorded before such days were kept, and counts from the beginning.
    counts_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A claim about one subject with its origin; it is never altered, only marked."""

    id: UUID
    enterprise_id: UUID
    level: Level
    subject_id: UUID
    claim: Claim
    known_at: datetime
    asserted_by: Origin
    verification: Mark | None = None
    retraction: Mark | None = None

    @property
    def order(self) -> tuple[date, datetime, UUID]:
        """What decides between assertions of one fact: its beginning, when it became known, its id."""
        return (self.claim.valid_from or date.min, self.known_at, self.id)

    def holds_on(self, day: date) -> bool:
        begins, ends = self.claim.valid_from, self.claim.valid_to
        return self.retraction is None and (begins is None or begins <= day) and (ends is None or day < ends)

    def can_be_retracted(self) -> None:
        if self.retraction is not None:
            raise AssertionRetracted()

    def can_be_verified_by(self, verifier: Origin) -> None:
        """Raises VerifierIsAsserter when the same hands did both."""
        self.can_be_retracted()
        if self.verification is not None:
            raise AssertionVerified()
        if verifier.same_hands(self.asserted_by):
            raise VerifierIsAsserter()


def counting_from(stated: date | None, *, today: date, season_begins: date, note: str | None) -> date:
    """The day a verification counts from: today, or for the records of earlier winters the day stated (A-L29).

    `season_begins` is the first day of the season in which today lies. Raises VerificationRetroactive, or
    VerificationWithoutBasis.
    """
    if stated is None:
        return today
    if stated >= season_begins:
        raise VerificationRetroactive(first=season_begins)
    if not note:
        raise VerificationWithoutBasis()
    return stated


def fact_named(name: str, catalogue: Catalogue) -> FactSpec:
    """The fact of this English or Chinese name, or a refusal that names the nearest ones."""
    found = catalogue.find(name)
    if found is not None:
        return found
    known = [*catalogue.facts, *(fact.zh for fact in catalogue.facts.values())]
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    raise FactUnknown(
        name=name[:80],
        hint=f"是否指：{'、'.join(near)}？" if near else "",
        hint_en=f"Did you mean {', '.join(near)}? " if near else "",
    )


def claim(
    spec: FactSpec,
    raw: object,
    *,
    level: Level,
    catalogue: Catalogue,
    valid_from: date | None = None,
    valid_to: date | None = None,
    document: str | None = None,
) -> Claim:
    """Check one written fact against the catalogue; raises ValueRefused."""
    fits(spec, level)
    if valid_from is not None and valid_to is not None and valid_from >= valid_to:
        raise ValueRefused(
            "empty_period", "valid_to 须晚于 valid_from（不含当日）。", "valid_to must lie after valid_from."
        )
    value = canonical(spec, raw)
    if spec.type == "number" and float(value) >= AIR_OXYGEN_PCT and spec.name in flue_oxygens(catalogue):
        raise ValueRefused(
            "oxygen_out_of_range", "烟气含氧量须小于 21%。", "The oxygen content of flue gas must be below 21 %."
        )
    return Claim(
        fact=spec.name, type=spec.type, value=value, valid_from=valid_from, valid_to=valid_to, document=document
    )


def fits(spec: FactSpec, level: Level) -> None:
    """A fact is asserted at its own level or above it, and never where it is computed."""
    if spec.derive is not None:
        inputs = "、".join(spec.derive.inputs) or "位置"
        raise ValueRefused(
            "fact_is_derived",
            f"“{spec.zh}”由 {inputs} 推算，不能直接填报。",
            f"{spec.name} is computed from {', '.join(spec.derive.inputs) or 'positions'} and cannot be asserted.",
        )
    if LEVELS.index(level) > LEVELS.index(spec.subject):
        raise ValueRefused(
            "fact_subject_mismatch",
            f"“{spec.zh}”属于 {spec.subject} 一级，可在该级或上级填报，不能填在 {level}。",
            f"{spec.name} belongs to a {spec.subject}; assert it there or above, not at a {level}.",
        )


def holding_on(day: date, assertions: Iterable[Assertion]) -> Assertion | None:
    """The assertion of one fact that holds on a day: a state lasts from its date until a later state begins."""
    return max((one for one in assertions if one.holds_on(day)), key=lambda one: one.order, default=None)


def refuse_if_any(errors: Sequence[FieldError]) -> None:
    if errors:
        raise FactsInvalid(errors=errors)
