"""What Sluice has to do, said a second time.

This is written from the contract alone and shares nothing with Sluice: members
and their history, the decision by `builtin:linkedin`, and the projection of an
annotated schema. Times are milliseconds since the epoch, UTC.
"""

import datetime
from dataclasses import dataclass, field

EEA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "
    "AX GF GP MF MQ RE YT IS LI NO GB CH CA HK"
).split()
ELSEWHERE = "US BR IN JP AU ZA".split()  # those that the example has
CATEGORIES = ["profile", "work_history", "education", "post", "comment"]
NEVER = ["private_message", "credential", "payment"]
PURPOSES = ["ai_training", "ad_targeting"]
UNIT = {"ai_training": 86_400_000, "ad_targeting": 3_600_000}
ADS_LIMIT = {
    "profile": "ads_use_profile",
    "work_history": "ads_use_work_history",
    "education": "ads_use_education",
    "post": "ads_use_posts",
    "comment": "ads_use_comments",
}


def millis(text):
    return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)


NOVEMBER_3 = millis("2025-11-03T00:00:00+00:00")
NOVEMBER_20_2024 = millis("2024-11-20T00:00:00+00:00")
NEVER_ENDS = 1 << 60


@dataclass
class Change:
    """A settings record, with the time at which it was appended."""

    occurred: int
    appended: int
    country: str | None = None
    minor: bool | None = None
    account: str | None = None
    choices: dict = field(default_factory=dict)

    def value(self, attribute):
        if attribute in ("country", "minor", "account"):
            return getattr(self, attribute)
        return self.choices.get(attribute)


@dataclass
class Rule:
    start: int
    recipients: list
    settings: list


def rule(country, purpose, category):
    """The rule that is in force for a country, or None."""
    if category not in CATEGORIES:
        return None
    six_regions = country in EEA
    if purpose == "ai_training":
        if six_regions:
            return Rule(NOVEMBER_3, ["linkedin", "microsoft"], ["genai_improvement"])
        return Rule(NOVEMBER_20_2024, ["linkedin"], ["genai_improvement"])
    if six_regions:
        return None
    return Rule(NOVEMBER_3, ["microsoft"], ["ads_restricted", "ads_share_affiliates", ADS_LIMIT[category]])


IMPLIES = {"ads_outside_linkedin": "ads_share_affiliates", "global_privacy_control": "ads_share_affiliates"}


@dataclass
class Facts:
    countries: list
    minor: bool
    closed: bool
    denied: set

    def permits(self, purpose, category, at, since):
        """The first row of the table that fails, of those that ask rules."""
        for country in self.countries:
            r = rule(country, purpose, category)
            if r is None or at < r.start or since < r.start:
                return "policy_not_in_force"
        for country in self.countries:
            if self.denied.intersection(rule(country, purpose, category).settings):
                return "choice_denied"
        return None


class Member:
    def __init__(self, name):
        self.name = name
        self.changes = []
        self.epoch = dict.fromkeys(PURPOSES, 0)

    def history(self, attribute):
        """(value, from, until) for each value that the attribute has had, in
        order. Denials are widened by both clocks."""
        said = [(c.value(attribute), c) for c in self.changes if c.value(attribute) is not None]
        spans = []
        for i, (value, c) in enumerate(said):
            following = said[i + 1][1] if i + 1 < len(said) else None
            if self.forbids(attribute, value):
                start = min(c.occurred, c.appended)
                end = max(following.occurred, following.appended) if following else NEVER_ENDS
            else:
                start, end = c.occurred, following.occurred if following else NEVER_ENDS
            spans.append((value, start, end))
        return spans

    @staticmethod
    def forbids(attribute, value):
        # A country counts as one whose rules permit less: then every country
        # that may have held has to permit.
        return attribute == "country" or value in ("DENY", True, "CLOSED", "ERASED")

    def attributes(self):
        names = {"country", "minor", "account"}
        for c in self.changes:
            names.update(c.choices)
        return names

    def at(self, time):
        values = {a: [v for v, start, end in self.history(a) if start <= time < end] for a in self.attributes()}
        denied = {a for a, held in values.items() if "DENY" in held}
        return self.facts(values["country"], values["minor"], values["account"], denied)

    def now(self):
        latest = {a: [self.history(a)[-1][0]] if self.history(a) else [] for a in self.attributes()}
        denied = {a for a, held in latest.items() if "DENY" in held}
        return self.facts(latest["country"], latest["minor"], latest["account"], denied)

    @staticmethod
    def facts(countries, minor, account, denied):
        denied = denied | {IMPLIES[s] for s in denied if s in IMPLIES}
        known = [c for c in countries if c in EEA or c in ELSEWHERE]
        return Facts(known if len(known) == len(countries) else [], True in minor, bool({"CLOSED", "ERASED"} & set(account)), denied)

    def decide(self, purpose, category, event, decided):
        """The reason of a record's verdict."""
        event = min(event, decided)
        if category in NEVER:
            return "never_category"
        if not self.changes:
            return "member_unknown"
        known = event >= min(min(c.occurred, c.appended) for c in self.changes)
        asked = [self.now()] + ([self.at(event)] if known else [])
        if any(f.closed for f in asked):
            return "account_closed"
        if any(f.minor for f in asked):
            return "minor"
        if any(not f.countries for f in asked):
            return "region_unknown"
        if not known:
            return "history_unknown"
        rows = [asked[0].permits(purpose, category, decided, event), asked[1].permits(purpose, category, event, event)]
        for reason in ("policy_not_in_force", "choice_denied"):
            if reason in rows:
                return reason
        return "published"

    def permitted(self, purpose, now):
        """The categories that new data may be used of."""
        return [c for c in CATEGORIES if self.decide(purpose, c, now, now) == "published"]

    def apply(self, change, now):
        """Adds a change. Returns its retractions: (purpose, epoch, categories,
        reason)."""
        before = {p: self.permitted(p, now) for p in PURPOSES}
        self.changes.append(change)
        retractions = []
        for purpose in PURPOSES:
            after = self.permitted(purpose, now)
            lost = [c for c in before[purpose] if c not in after]
            if not lost:
                continue
            facts = self.now()
            if change.account == "ERASED":
                reason = "ERASED"
            elif facts.closed:
                reason = "ACCOUNT_CLOSED"
            elif facts.minor:
                reason = "MINOR"
            elif change.country is not None:
                reason = "REGION_CHANGED"
            else:
                reason = "OPTED_OUT"
            retractions.append((purpose, self.epoch[purpose], tuple(sorted(lost)) if after else (), reason))
            if not after:
                self.epoch[purpose] += 1
        return retractions


class Pseudonym:
    """Stands for a pseudonym whose digits only Sluice knows."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name

    def __repr__(self):
        return f"<{self.kind} of {self.name}>"


class Absent(Exception):
    """There is nothing publishable in a type."""


HEADERS = ["subject", "record_id", "occurred_at", "category"]


class Projection:
    """What becomes of a record of an annotated schema for a purpose."""

    def __init__(self, schema, purpose, permits, texts):
        self.schema, self.purpose, self.permits, self.texts = schema, purpose, permits, texts
        self.outer = schema["sluice"]["category"]

    def fields(self, record):
        """The expected fields behind the four of every record, in order."""
        return self.record(self.schema, record, self.outer, frozenset(), top=True)

    def record(self, schema, value, category, nullable, top=False):
        category = schema.get("sluice", {}).get("category", category)
        out = {}
        for f in schema["fields"]:
            note = f.get("sluice", {})
            if note.get("kind") in (None, "identifier"):
                continue
            own = note.get("category", category)
            if own not in CATEGORIES:
                continue  # never used
            name = f["name"]
            if top and name in HEADERS:
                name += "_"
            asked = own != self.outer and own not in nullable
            inside = nullable | {own} if asked else nullable
            try:
                self.check(f["type"], note["kind"])
            except Absent:
                continue
            if asked and not self.permits(own):
                out[name] = None
            else:
                out[name] = self.value(f["type"], value[f["name"]], note["kind"], own, inside)
        return out

    def check(self, type_, kind):
        """Raises Absent unless something of a type is published."""
        if isinstance(type_, list):
            for branch in type_:
                try:
                    if branch != "null":
                        return self.check(branch, kind)
                except Absent:
                    pass
            raise Absent
        if isinstance(type_, dict) and type_["type"] in ("array", "map"):
            return self.check(type_.get("items", type_.get("values")), kind)
        if isinstance(type_, dict) and type_["type"] == "record":
            if not any(self.publishes(f) for f in type_["fields"]):
                raise Absent

    def publishes(self, f):
        kind = f.get("sluice", {}).get("kind")
        if kind in (None, "identifier"):
            return False
        try:
            self.check(f["type"], kind)
        except Absent:
            return False
        return True

    def value(self, type_, value, kind, category, nullable):
        if isinstance(type_, list):
            if value is None:
                return None
            branches = [b for b in type_ if b != "null"]
            branch = branches[0] if len(branches) == 1 else None
            if branch is None:
                return value  # a union of several types is plain here
            return self.value(branch, value, kind, category, nullable)
        if isinstance(type_, dict):
            if type_["type"] == "array":
                return [self.value(type_["items"], v, kind, category, nullable) for v in value]
            if type_["type"] == "map":
                return {k: self.value(type_["values"], v, kind, category, nullable) for k, v in value.items()}
            if type_["type"] == "record":
                return self.record(type_, value, category, nullable)
        if kind == "text":
            return self.texts[value]
        if kind == "member":
            return Pseudonym("member", value)
        if kind == "content":
            return Pseudonym("content", value)
        if kind == "time" and isinstance(value, datetime.datetime):
            return truncated(value, self.purpose)
        return value


def has_content(value):
    """Whether anything is left: records, arrays and maps count by what is inside,
    nulls not at all."""
    if isinstance(value, dict):
        return any(map(has_content, value.values()))
    if isinstance(value, list):
        return any(map(has_content, value))
    return value is not None


def truncated(when, purpose):
    when = when.replace(minute=0, second=0, microsecond=0)
    return when.replace(hour=0) if purpose == "ai_training" else when


def murmur2(data):
    """Kafka's default partitioner's hash, made positive."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    full = len(data) & ~3
    for i in range(0, full, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    rest = data[full:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return (h ^ (h >> 15)) & 0x7FFFFFFF
