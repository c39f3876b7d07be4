"""Outside clients around Sluice: confluent-kafka and fastavro produce activity
and settings, the sluice binary runs, and what it publishes is compared, record
by record, with what oracle.py says.

    docs/examples/run

starts a broker and a registry and calls this. Everything is in rounds: settings
are sent and acknowledged, then activity, and the next round begins when every
record of the last one has its verdicts. So each expectation is exact.
"""

import argparse
import collections
import datetime
import hashlib
import io
import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import confluent_kafka
import fastavro

import outside
import pages
from oracle import PURPOSES, UNIT, Change, Member, Projection, Pseudonym, has_content, millis, murmur2, rule

HERE = pathlib.Path(__file__).parent
TOPIC = {"ai_training": "ai-training", "ad_targeting": "ad-targeting"}
PARTITIONS = 4
MEMBERS = 240
UTC = datetime.timezone.utc

# Texts with what becomes of them.
TEXTS = {
    "": "",
    "Nothing to hide in here.": "Nothing to hide in here.",
    "Grüße aus Köln – bis bald 👋": "Grüße aus Köln – bis bald 👋",
    "Write to ada.lovelace@example.com today": "Write to [email] today",
    "my card is 4111 1111 1111 1111, thanks": "my card is [card], thanks",
    "IBAN DE89 3704 0044 0532 0130 00 please": "IBAN [bank_account] please",
    "call +44 20 7946 0958 after six": "call [phone] after six",
    "server at 192.0.2.17 is down": "server at [ip] is down",
}


def now():
    return int(time.time() * 1000)


class Failures:
    """Collects what is not as expected, and shows the first of each kind."""

    def __init__(self):
        self.count = collections.Counter()

    def check(self, ok, kind, detail=""):
        if not ok:
            self.count[kind] += 1
            if self.count[kind] <= 5:
                print(f"  WRONG {kind}: {detail}")
        return ok


class Registry:
    """A Confluent-compatible schema registry, by its HTTP API."""

    def __init__(self, url):
        self.url, self.schemas = url.rstrip("/"), {}

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/vnd.schemaregistry.v1+json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def register(self, subject, text):
        return self.ask(f"/subjects/{subject}/versions", {"schema": text})["id"]

    def schema(self, id_):
        if id_ not in self.schemas:
            self.schemas[id_] = fastavro.parse_schema(json.loads(self.ask(f"/schemas/ids/{id_}")["schema"]))
        return self.schemas[id_]

    def decode(self, value):
        magic, id_ = struct.unpack(">bI", value[:5])
        assert magic == 0
        body = io.BytesIO(value[5:])
        schema = self.schema(id_)
        record = fastavro.schemaless_reader(body, schema)
        assert not body.read(), "bytes follow the record"
        return schema, record


class Schema:
    """An annotated schema of ours, registered."""

    def __init__(self, registry, topic, text):
        self.source = json.loads(text)
        self.parsed = fastavro.parse_schema(json.loads(text))
        self.name = self.source["namespace"] + "." + self.source["name"]
        self.id = registry.register(f"{topic}-{self.name}", text)

    def encode(self, record):
        out = io.BytesIO()
        out.write(struct.pack(">bI", 0, self.id))
        fastavro.schemaless_writer(out, self.parsed, record)
        return out.getvalue()

    def role(self, record, role):
        for f in self.source["fields"]:
            if f.get("sluice", {}).get("role") == role:
                return record[f["name"]]
        return None


class Sent:
    """One activity record with what has to become of it."""

    def __init__(self, schema, record, key, value, member, decided):
        self.schema, self.record, self.key, self.value = schema, record, key, value
        self.member, self.topic, self.partition, self.offset = member, None, None, None
        self.reasons, self.fields, self.epoch, self.dead = {}, {}, {}, None
        if schema is None:
            return
        category = schema.source["sluice"]["category"]
        event = int(schema.role(record, "event_time").timestamp() * 1000)
        for purpose in PURPOSES:
            if schema.source["sluice"].get("operation") == "delete":
                self.reasons[purpose] = "published"
                continue
            self.reasons[purpose] = member.decide(purpose, category, event, decided)
            self.epoch[purpose] = member.epoch[purpose]
            if self.reasons[purpose] == "published":
                permits = lambda c, p=purpose: member.decide(p, c, event, decided) == "published"  # noqa: E731
                self.fields[purpose] = Projection(schema.source, purpose, permits, TEXTS).fields(record)
                if not has_content(self.fields[purpose]):
                    self.reasons[purpose] = "nothing_permitted"

    def delete(self):
        return self.schema is not None and self.schema.source["sluice"].get("operation") == "delete"


class World:
    def __init__(self, brokers, registry, failures):
        self.brokers, self.registry, self.wrong = brokers, registry, failures
        self.random = random.Random(20251103)
        self.members = [Member(f"member-{i:04}") for i in range(MEMBERS)]
        self.sent, self.settings, self.retractions = [], [], []
        self.posts = []
        self.others = {}
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": brokers, "acks": "all", "enable.idempotence": True,
            # Inputs are placed as Kafka's own clients place them.
            "partitioner": "murmur2_random",
        })

    def produce(self, topic, key, value, then, **where):
        def delivered(error, message):
            if error is not None:
                raise RuntimeError(f"{topic}: {error}")
            then(message)

        self.producer.produce(topic, key=key, value=value, on_delivery=delivered, **where)
        self.producer.poll(0)

    # Settings.

    def change(self, member, occurred, **changes):
        choices = changes.pop("choices", {})
        number = len(member.changes) + 1
        event = f"settings-{member.name}-{number}"
        value = self.settings_schema.encode({
            "event_id": event, "member_id": member.name, "version": number,
            "occurred_at": datetime.datetime.fromtimestamp(occurred / 1000, UTC),
            "country": changes.get("country"), "minor": changes.get("minor"), "account": changes.get("account"),
            "choices": choices, "source": "docs/examples",
        })
        change = Change(occurred, now(), changes.get("country"), changes.get("minor"), changes.get("account"), choices)
        before = now()
        for purpose, epoch, categories, reason in member.apply(change, before):
            self.retractions.append((purpose, member.name, epoch, categories, reason))
        expected = {p: sorted(member.permitted(p, before)) for p in PURPOSES}
        self.settings.append((event, member, number, expected))

        def appended(message):
            change.appended = message.timestamp()[1]

        self.produce("member-settings", member.name.encode(), value, appended)

    def first_settings(self):
        countries = ["US", "DE", "BR", "GB", None, "US", "ZZ", "CA", "IN", "CH", "HK", "NO", "JP"]
        deny = [(6, 1, "genai_improvement"), (9, 2, "ads_restricted"), (10, 4, "ads_outside_linkedin"),
                (17, 12, "global_privacy_control"), (11, 6, "ads_use_profile"), (13, 8, "ads_use_work_history"),
                (14, 9, "ads_use_education"), (15, 10, "ads_use_posts"), (16, 11, "ads_use_comments"), (19, 3, "not_a_setting")]
        for i, member in enumerate(self.members):
            if i % 40 == 7:
                continue  # nobody has heard of them
            occurred = millis("2025-12-01T12:00:00+00:00") if i % 12 == 0 else millis("2023-05-01T08:30:00+00:00")
            changes = {"choices": {name: "DENY" for n, k, name in deny if i % n == k}}
            if i % 18 == 2:
                changes["choices"]["genai_improvement"] = "ALLOW"
            if countries[i % len(countries)]:
                changes["country"] = countries[i % len(countries)]
            if i % 23 == 5:
                changes["minor"] = True
            if i % 29 == 3:
                changes["account"] = "CLOSED"
            self.change(member, occurred, **changes)

    def flip_settings(self):
        for i, member in enumerate(self.members):
            if not member.changes:
                continue
            facts = member.now()
            if i % 5 == 0:
                self.change(member, now(), choices={"genai_improvement": "ALLOW" if "genai_improvement" in facts.denied else "DENY"})
            if i % 7 == 1 and facts.countries:
                self.change(member, now(), country="DE" if facts.countries[0] == "US" else "US")
            if i % 8 == 2:
                if facts.minor:
                    self.change(member, now(), minor=False)
                else:
                    self.change(member, now(), choices={"ads_restricted": "DENY"})
            if i % 31 == 4:
                self.change(member, now(), account="ERASED")
            if i % 37 == 6:
                self.change(member, now(), minor=True)
            if i % 11 == 9:
                self.change(member, now(), choices={"ads_use_posts": "DENY"})

    def restore_settings(self):
        for i, member in enumerate(self.members):
            if member.changes and i % 10 == 0:
                self.change(member, now(), choices={"genai_improvement": "UNSPECIFIED" if i % 20 else "ALLOW"})
            if member.changes and i % 16 == 10:
                self.change(member, now(), choices={"ads_restricted": "ALLOW"})

    # Activity.

    def text(self):
        return self.random.choice(list(TEXTS))

    def who(self):
        return self.random.choice(self.members).name

    def sample(self, name, member, when):
        """A record of a schema."""
        r, event = self.random, str(uuid.UUID(int=self.random.getrandbits(128)))
        at = datetime.datetime.fromtimestamp(when / 1000, UTC)
        base = {"member_id": member.name, "event_id": event, "at": at}
        if name == "ProfileEdited":
            return base | {
                "headline": self.text(), "summary": r.choice([None, self.text()]), "skills": r.sample(["Go", "Kafka", "Avro", "C++"], r.randrange(4)),
                "languages": {k: r.randrange(1, 6) for k in r.sample(["de", "en", "ja"], r.randrange(3))},
                "open_to_work": r.choice([None, True, False]), "joined": datetime.date(2004 + r.randrange(20), 1 + r.randrange(12), 5),
                "full_name": "Ada Lovelace", "contact": {"email": "ada@example.com", "phones": ["+44 20 7946 0958"]}, "ranking": r.random(),
            }
        if name == "WorkHistoryChanged":
            del base["member_id"], base["at"]
            positions = [{
                "company": r.choice(["Example", "Muster AG"]), "title": "Engineer", "since": datetime.date(1999 + r.randrange(20), 3, 1),
                "left_at": r.choice([None, at - datetime.timedelta(days=400, minutes=7)]), "description": self.text(),
                "colleagues": [self.who() for _ in range(r.randrange(3))], "salary": 123456,
            } for _ in range(r.randrange(3))]
            badges = r.choice([{}, {"speaker": 3, "mentor": "gold", "none": None}])
            return base | {"occurred": at, "member": member.name, "positions": positions, "badges": badges}
        if name == "EducationAdded":
            return base | {
                "school": "Example University", "subject": "Mathematics", "degree": r.choice(["NONE", "BACHELOR", "MASTER", "DOCTOR"]),
                "grades": r.choice([{}, {"algebra": 1.0, "logic": None}]), "digest": r.randbytes(4),
                "referee": r.choice([None, {"name": "Grace Hopper", "relation": "supervisor"}]),
                "notes": [r.choice([None, self.text()]) for _ in range(r.randrange(3))],
            }
        if name == "PostPublished":
            return base | {
                "content_id": f"post-{event}", "body": self.text(), "hashtags": r.sample(["consent", "streams"], r.randrange(3)),
                "mentions": [self.who() for _ in range(r.randrange(3))],
                "shares": r.choice([None] + [p for _, p in self.posts[-3:]]),
                "edited_at": r.choice([None, at + datetime.timedelta(minutes=61)]), "reactions": r.choice([{}, {"like": 1 << 40, "clap": 2}]),
                "author": r.choice([None, {"headline": "Engineer", "full_name": "Ada Lovelace", "employer": "Example"}]),
                "school": "Example University", "paid_with": "a card",
                "attachments": [{"caption": self.text(), "url": "https://example.com/x", "bytes": r.randrange(1 << 33)} for _ in range(r.randrange(3))],
            }
        if name == "CommentWritten":
            return base | {
                "comment_id": f"comment-{event}", "post_id": self.posts[-1][1] if self.posts else "post-elsewhere",
                "body": self.text(), "post_excerpt": r.choice(["an excerpt", 42]), "ip_address": "192.0.2.1",
            }
        return base | {"body": "for your eyes only"}  # MessageSent

    def send(self, name, member, when=None, record=None):
        schema = self.schemas[name]
        record = record or self.sample(name, member, when)
        sent = Sent(schema, record, member.name, schema.encode(record), member, now())
        if name == "PostPublished":
            self.posts.append((member, record["content_id"]))
        self.deliver(sent)

    def deliver(self, sent, **where):
        def appended(message):
            sent.topic, sent.partition, sent.offset = message.topic(), message.partition(), message.offset()

        self.sent.append(sent)
        key = None if sent.key is None else sent.key.encode()
        self.produce("member-activity", key, sent.value, appended, **where)

    def send_bad(self):
        """Records that are dead, whatever anybody permits."""
        member = self.members[0]
        post = self.schemas["PostPublished"].encode(self.sample("PostPublished", member, now()))
        partition = murmur2(member.name.encode()) % PARTITIONS
        for reason, key, value, where in [
            ("undecodable", member.name, None, {}),
            ("undecodable", member.name, post[:-1], {}),
            ("undecodable", member.name, post + b"\0", {}),
            ("undecodable", member.name, b"not avro", {}),
            ("schema_unknown", member.name, struct.pack(">bI", 0, 1_000_000) + post[5:], {}),
            ("key_mismatch", "somebody-else", post, {}),
            ("key_mismatch", None, post, {"partition": partition}),
            ("wrong_partition", member.name, post, {"partition": (partition + 1) % PARTITIONS}),
        ]:
            sent = Sent(None, None, key, value, member, now())
            sent.dead = reason
            self.deliver(sent, **where)

    def activity(self, times, each):
        names = ["ProfileEdited", "WorkHistoryChanged", "EducationAdded", "PostPublished", "PostPublished", "CommentWritten", "MessageSent"]
        for member in self.members:
            for _ in range(each):
                self.send(self.random.choice(names), member, self.random.choice(times))

    def delete_posts(self):
        for member, content in self.posts[::3]:
            record = {
                "member_id": member.name, "event_id": f"delete-{content}", "content_id": content, "at": datetime.datetime.now(UTC),
            }
            self.send("PostDeleted", member, record=record)

    def outsiders(self):
        """A member for the upstream of each language, who permits everything."""
        for language in ["python", "java", "javascript", "go"]:
            member = Member(f"member-of-{language}")
            self.change(member, millis("2023-05-01T08:30:00+00:00"), country="US")
            self.others[language] = member

    def publish_outside(self, clients):
        """Has each language's upstream publish, and expects of its records what is
        expected of ours. Returns their contents: those that stay, those deleted."""
        places = clients.publish(lambda language: self.others[language].name)
        found = {(m.partition(), m.offset()): m for m in self.read("member-activity")}
        stays, deleted = set(), set()
        for language, member in self.others.items():
            contents = []
            self.wrong.check(len(places[language]) == 3, "an upstream's records", f"{language}: {places[language]}")
            for place in places[language]:
                m = found[place]
                _, record = self.registry.decode(m.value())
                schema = next(s for s in self.schemas.values() if s.id == struct.unpack(">I", m.value()[1:5])[0])
                sent = Sent(schema, record, m.key().decode(), m.value(), member, now())
                sent.topic, sent.partition, sent.offset = m.topic(), m.partition(), m.offset()
                published = set(sent.reasons.values()) == {"published"} and record["member_id"] == member.name
                self.wrong.check(published, "an upstream's record", f"{language}: {sent.reasons}")
                self.sent.append(sent)
                contents.append(record["content_id"])
            stays.add(contents[1])
            deleted.add(contents[2])
        return stays, deleted

    def abort_something(self):
        """Leaves records of a transaction that was aborted in both output topics."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.brokers, "transactional.id": "docs-examples"})
        producer.init_transactions(30)
        producer.begin_transaction()
        for topic in TOPIC.values():
            for partition in range(PARTITIONS):
                producer.produce(topic, key=b"aborted", value=b"never committed", partition=partition)
        producer.flush(30)
        producer.abort_transaction(30)

    def read(self, topic):
        """All committed records of a topic, by partition and offset."""
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": self.brokers, "group.id": f"reader-{uuid.uuid4()}", "isolation.level": "read_committed",
            "enable.auto.commit": False, "auto.offset.reset": "error", "enable.partition.eof": True,
        })
        try:
            partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            consumer.assign([confluent_kafka.TopicPartition(topic, p, confluent_kafka.OFFSET_BEGINNING) for p in partitions])
            messages, ended, deadline = [], set(), time.monotonic() + 60
            while len(ended) < len(partitions):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{topic}: its end was not reached")
                m = consumer.poll(1)
                if m is None:
                    continue
                if m.error() is None:
                    messages.append(m)
                elif m.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    ended.add(m.partition())
                else:
                    raise RuntimeError(f"{topic}: {m.error()}")
            return sorted(messages, key=lambda m: (m.partition(), m.offset()))
        finally:
            consumer.close()

    def decisions(self):
        """The outcomes of each decided record, by its place."""
        found = {}
        for m in self.read("sluice-decisions"):
            _, batch = self.registry.decode(m.value())
            for d in batch["decisions"]:
                place = (batch["topic"], batch["partition"], d["offset"])
                self.wrong.check(place not in found, "decided twice", place)
                found[place] = {batch["purposes"][o["purpose"]]: o for o in d["outcomes"]}
        return found

    def settle(self):
        """Waits until everything that was sent is decided."""
        self.producer.flush(60)
        deadline = time.monotonic() + 90
        while len(found := self.decisions()) < len(self.sent):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(found)} of {len(self.sent)} records are decided")
        return found


class Names:
    """Pseudonyms as they turn up: one name has one, and one stands for one."""

    def __init__(self, failures):
        self.wrong, self.forward, self.backward = failures, {}, {}

    def match(self, purpose, kind, name, digits):
        ok = isinstance(digits, str) and len(digits) == 32 and set(digits) <= set("0123456789abcdef")
        if not self.wrong.check(ok, "not a pseudonym", f"{purpose} {kind}: {digits!r}"):
            return
        was = self.forward.setdefault((purpose, kind, name), digits)
        self.wrong.check(was == digits, "a pseudonym changed", f"{purpose} {kind} of {name}: {was}, then {digits}")
        # Digits stand for one thing in all: purposes and uses share none.
        other = self.backward.setdefault(digits, (purpose, kind, name))
        self.wrong.check(other == (purpose, kind, name), "a pseudonym is shared", f"{digits}: {other} and {(purpose, kind, name)}")


def compare(expected, actual, purpose, names):
    """Whether a value is what was expected."""
    if isinstance(expected, Pseudonym):
        if not isinstance(actual, str):
            return False
        names.match(purpose, expected.kind, expected.name, actual)
        return True
    if isinstance(expected, dict):
        # A map has no order; a record's fields have been compared by name before.
        return isinstance(actual, dict) and set(expected) == set(actual) and all(compare(v, actual[k], purpose, names) for k, v in expected.items())
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(lambda e, a: compare(e, a, purpose, names), expected, actual))
    return type(expected) is type(actual) and expected == actual


def check_decisions(world, found):
    tally = collections.Counter()
    for s in world.sent:
        outcomes = found.get((s.topic, s.partition, s.offset))
        if not world.wrong.check(outcomes is not None, "not decided", f"{s.topic}/{s.partition} at {s.offset}"):
            continue
        for purpose in PURPOSES:
            got = outcomes[purpose]
            want = s.dead or s.reasons[purpose]
            verdict = "DEAD" if s.dead else "PUBLISHED" if want == "published" else "WITHHELD"
            tally[purpose, want] += 1
            at = f"{s.schema and s.schema.name} of {s.member.name} at {s.partition}/{s.offset} for {purpose}"
            world.wrong.check((got["verdict"], got["reason"]) == (verdict, want), "decision", f"{at}: {got['verdict']} {got['reason']}, want {verdict} {want}")
    return tally


def check_outputs(world, found, names, policy_hash):
    places = {(s.topic, s.partition, s.offset): s for s in world.sent}
    published = 0
    for purpose in PURPOSES:
        by_id, deletes = {}, collections.Counter()
        for place, outcomes in found.items():
            if outcomes[purpose]["verdict"] != "PUBLISHED":
                continue
            s = places[place]
            if s.delete():
                deletes[s.schema.role(s.record, "content_id")] += 1
            else:
                by_id[outcomes[purpose]["record_id"].hex()] = s
        tombstones, where, content_at = [], {}, {}
        for m in world.read(TOPIC[purpose]):
            unit = UNIT[purpose]
            stamp = m.timestamp()[1]
            world.wrong.check(stamp % unit == 0 and now() - 2 * unit < stamp <= now(), "record timestamp", f"{purpose}: {stamp}")
            headers = {k: v.decode() for k, v in m.headers() or []}
            world.wrong.check(headers.get("sluice-policy") == policy_hash and headers.get("sluice-key-epoch") == "1", "headers", f"{purpose}: {headers}")
            if m.value() is None:
                tombstones.append(m)
                world.wrong.check(headers["sluice-rule"] == "" and headers["sluice-recipients"] == "", "a tombstone's headers", headers)
                continue
            published += 1
            schema, got = world.registry.decode(m.value())
            s = by_id.pop(got["record_id"], None)
            if not world.wrong.check(s is not None, "published without a decision, or twice", f"{purpose}: {got}"):
                continue
            at = f"{s.schema.name} of {s.member.name} for {purpose}"
            world.wrong.check(schema["name"] == f"{purpose}.{s.schema.name}", "full name", f"{at}: {schema['name']}")
            want = ["subject", "record_id", "occurred_at", "category"] + list(s.fields[purpose])
            world.wrong.check(list(got) == want, "fields", f"{at}: {list(got)}, want {want}")
            for name, value in s.fields[purpose].items():
                world.wrong.check(compare(value, got.get(name), purpose, names), "value", f"{at}: {name} is {got.get(name)!r}, want {value!r}")
            names.match(purpose, "subject", (s.member.name, s.epoch[purpose]), got["subject"])
            names.match(purpose, "event", s.schema.role(s.record, "event_id"), got["record_id"])
            event = int(s.schema.role(s.record, "event_time").timestamp() * 1000)
            occurred = int(got["occurred_at"].timestamp() * 1000)
            world.wrong.check(occurred == event - event % unit, "occurred_at", f"{at}: {occurred} of {event}")
            category = s.schema.source["sluice"]["category"]
            world.wrong.check(got["category"] == category, "category", f"{at}: {got['category']}")
            content = s.schema.role(s.record, "content_id")
            if content is not None:
                names.match(purpose, "content", content, m.key().decode())
                content_at[m.key()] = (m.partition(), m.offset())
            else:
                world.wrong.check(m.key().decode() == got["record_id"], "key", f"{at}: {m.key()}")
            # The countries of the member's, at the decision, tell the recipients.
            recipients = headers["sluice-recipients"].split(",")
            allowed = {tuple(rule(c.country, purpose, category).recipients) for c in s.member.changes if c.country and rule(c.country, purpose, category)}
            world.wrong.check(tuple(recipients) in allowed and headers["sluice-rule"] != "", "recipients", f"{at}: {headers}")
            world.wrong.check(where.setdefault(s.member.name, m.partition()) == m.partition(), "a member's records lie in several partitions", at)
        world.wrong.check(not by_id, "decided as published, but not there", f"{purpose}: {len(by_id)}")
        first = {name: digits for (p, kind, (name, epoch)), digits in ((k, v) for k, v in names.forward.items() if k[1] == "subject") if p == purpose and epoch == 0}
        for name, digits in first.items():
            if name in where:
                world.wrong.check(where[name] == murmur2(digits.encode()) % PARTITIONS, "partition", f"{purpose}: {name} lies in {where[name]}")
        keys = {digits: name for (p, kind, name), digits in names.forward.items() if p == purpose and kind == "content"}
        for m in tombstones:
            content = keys.get(m.key().decode())
            if content is not None:
                world.wrong.check(deletes[content] > 0, "a tombstone without a delete", f"{purpose}: {content}")
            if m.key() in content_at:
                partition, offset = content_at[m.key()]
                world.wrong.check(m.partition() == partition and m.offset() > offset, "a tombstone's place", f"{purpose}: {m.partition()}/{m.offset()}, its post {partition}/{offset}")
        world.wrong.check(len(tombstones) == deletes.total(), "tombstones", f"{purpose}: {len(tombstones)}, want {deletes.total()}")
    return published


def check_outside(world, clients, names, stays, deleted):
    """Every downstream has to tell the same, with what the upstreams published."""
    world.abort_something()
    for purpose in PURPOSES:
        topic = TOPIC[purpose]
        messages = world.read(topic) + world.read(topic + "-retractions")
        told, kept = outside.check(clients, topic, messages, world.registry.decode, world.wrong)
        tally = collections.Counter((line["what"], not line.get("categories")) for line in told.values())
        print(f"{topic}: {len(told)} messages, {len(kept)} records held at the end, in {', '.join(clients.commands)}")
        # Under builtin:linkedin only ads are withdrawn by category.
        for kind, least in [(("record", True), 100), (("tombstone", True), 100), (("retraction", True), 10), (("retraction", False), 3 if purpose == "ad_targeting" else 0)]:
            world.wrong.check(tally[kind] >= least, "the downstreams saw too few", f"{kind}: {tally}")
        keys = {names.forward.get((purpose, "content", content)) for content in stays}
        world.wrong.check(keys <= set(kept), "an upstream's post is not held", topic)
        gone = {names.forward.get((purpose, "content", content)) for content in deleted}
        world.wrong.check(None not in gone and not gone & set(kept), "an upstream's deleted post is held", topic)


def check_others(world, names):
    receipts = {}
    for m in world.read("sluice-receipts"):
        _, r = world.registry.decode(m.value())
        world.wrong.check(r["event_id"] not in receipts, "two receipts", r["event_id"])
        receipts[r["event_id"]] = r
        world.wrong.check(m.key().decode() == r["member_id"], "a receipt's key", m.key())
    for event, member, version, permitted in world.settings:
        r = receipts.get(event)
        if world.wrong.check(r is not None, "no receipt", event):
            got = {p: sorted(c) for p, c in r["permitted"].items()}
            world.wrong.check((r["member_id"], r["version"], got) == (member.name, version, permitted), "receipt", f"{event}: {got}, want {permitted}")
    world.wrong.check(len(receipts) == len(world.settings), "receipts", f"{len(receipts)}, want {len(world.settings)}")

    for purpose in PURPOSES:
        got, want = collections.Counter(), collections.Counter()
        subjects = {digits: key[2] for key, digits in names.forward.items() if key[0] == purpose and key[1] == "subject"}
        told = collections.Counter()
        for m in world.read(TOPIC[purpose] + "-retractions"):
            _, r = world.registry.decode(m.value())
            world.wrong.check(m.key().decode() == r["subject"] and r["since"] is None, "a retraction's key", r)
            told_of = subjects.get(r["subject"])
            got[tuple(sorted(r["categories"])), r["reason"]] += 1
            if told_of:
                told[told_of, tuple(sorted(r["categories"])), r["reason"]] += 1
        for p, name, epoch, categories, reason in world.retractions:
            if p != purpose:
                continue
            want[categories, reason] += 1
            if (p, "subject", (name, epoch)) in names.forward:
                world.wrong.check(told[(name, epoch), categories, reason] > 0, "no retraction", f"{p}: {name}, epoch {epoch}: {categories} {reason}")
        world.wrong.check(got == want, "retractions", f"{purpose}: {dict(got)}, want {dict(want)}")

    letters = collections.Counter()
    for m in world.read("sluice-dead-letters"):
        _, r = world.registry.decode(m.value())
        letters[r["topic"], r["partition"], r["offset"], r["reason"]] += 1
    want = collections.Counter((s.topic, s.partition, s.offset, s.dead) for s in world.sent if s.dead)
    world.wrong.check(letters == want, "dead letters", f"{dict(letters)}, want {dict(want)}")


class Sluice:
    """The binary, configured by its environment."""

    def __init__(self, binary, work):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.binary, self.log = binary, open(work / "sluice.log", "wb")
        self.environment = dict(os.environ) | {
            "SLUICE_KEYS": str(work / "keys.json"), "SLUICE_STATE_DIR": str(work / "state"),
            "SLUICE_HTTP_LISTEN": f"127.0.0.1:{self.port}", "SLUICE_HTTP_ADMIN_LISTEN": "", "SLUICE_LANES": "2",
        }

    def call(self, *args):
        return subprocess.run([self.binary, *args], env=self.environment, check=True, stdout=subprocess.PIPE, timeout=120).stdout

    def start(self):
        self.process = subprocess.Popen([self.binary, "run"], env=self.environment, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"sluice run ended with {self.process.returncode}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise RuntimeError("sluice run is not ready after a minute") from None
                time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--sluice", required=True, help="the binary")
    arguments.add_argument("--clients", required=True, type=pathlib.Path, help="the folder where `run` has built the clients of the other languages")
    arguments.add_argument("--work", required=True, type=pathlib.Path, help="a folder for keys, state and log")
    arguments = arguments.parse_args()
    wrong = Failures()
    world = World(os.environ["SLUICE_KAFKA_BROKERS"], Registry(os.environ["SLUICE_REGISTRY_URL"]), wrong)
    sluice = Sluice(arguments.sluice, arguments.work)
    files = sorted((HERE / "schemas").glob("*.avsc"))
    sluice.call("schemas", "check", *map(str, files))
    sluice.call("keys", "generate")
    sluice.call("topics", "apply", "--partitions", str(PARTITIONS), "--replication-factor", "1")
    sluice.call("topics", "check")
    policy_hash = hashlib.sha256(sluice.call("policy", "show", "builtin:linkedin", "--source")).hexdigest()
    world.schemas = {f.stem: Schema(world.registry, "member-activity", f.read_text()) for f in files}
    world.settings_schema = Schema(world.registry, "member-settings", sluice.call("schemas", "print", "SettingsChanged").decode())
    try:
        sluice.start()
        past = [millis(t) for t in (
            "2024-06-15T10:11:12.345+00:00", "2025-06-15T23:59:59.999+00:00", "2025-11-02T23:59:59.999+00:00",
            "2025-11-03T00:00:00+00:00", "2025-12-24T13:45:56.789+00:00",
        )]
        world.first_settings()
        world.outsiders()
        world.producer.flush(60)
        world.activity(past + [now()], 6)
        world.send_bad()
        world.settle()
        world.flip_settings()
        world.producer.flush(60)
        flipped = now()
        ahead = now() + 3_600_000  # counts as the time of its decision
        world.activity(past + [ahead], 4)
        world.settle()
        between = (flipped + now()) // 2
        world.restore_settings()
        world.producer.flush(60)
        ahead = now() + 3_600_000
        world.activity(past[-2:] + [between, ahead], 4)
        world.delete_posts()
        clients = outside.Clients(sys.executable, arguments.clients, world.brokers, world.registry.url)
        stays, deleted = world.publish_outside(clients)
        found = world.settle()

        # Started anew, it goes on and publishes nothing twice.
        wrong.check(sluice.stop() == 0, "exit code of sluice run")
        sluice.start()
        world.activity([ahead], 1)
        found = world.settle()
        wrong.check(sluice.stop() == 0, "exit code of sluice run")

        names = Names(wrong)
        tally = check_decisions(world, found)
        published = check_outputs(world, found, names, policy_hash)
        check_others(world, names)
        check_outside(world, clients, names, stays, deleted)

        # What the pages for users tell to do.
        sluice.start()
        printed = pages.run(arguments.work / "reader", arguments.sluice, sluice.environment | clients.places)
        wrong.check(all(printed), "a command of a page printed nothing", printed)
        wrong.check(re.search(r"findings +0\b", printed[-1]) is not None, "audit as the page has it", printed[-1])
        wrong.check("genai_improvement" in printed[3] and "DENY" in printed[3] and '"ai_training": []' in printed[3], "a change by settings.py", printed[3])
        wrong.check(sluice.stop() == 0, "exit code of sluice run")
        report = json.loads(sluice.call("audit", "-o", "json"))
        wrong.check(not report["findings"], "audit", report["findings"][:5])
    finally:
        if sluice.process.poll() is None:
            sluice.process.kill()
        sluice.log.close()
    print(f"{len(world.sent)} activity records, {len(world.settings)} settings records, {published} published records")
    for (purpose, reason), n in sorted(tally.items()):
        print(f"  {purpose:13} {reason:22} {n}")
    print(f"{len(names.forward)} pseudonyms, {len(world.retractions)} retractions")
    reached = {reason for _, reason in tally}
    missing = [r for r in (
        "published", "never_category", "account_closed", "minor", "member_unknown", "region_unknown", "history_unknown",
        "policy_not_in_force", "choice_denied", "nothing_permitted",
    ) if r not in reached]
    wrong.check(not missing, "reasons that the example never reached", missing)
    if wrong.count:
        print(f"WRONG: {dict(wrong.count)}")
        print((arguments.work / "sluice.log").read_text()[-4000:])
        return 1
    print("everything is as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
