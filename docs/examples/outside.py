"""The clients of docs/examples/<language>, as their readers would run them: each
language's upstream publishes, each language's downstream reads, and every reader
has to tell the same as the Python one."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time

TOPICS = ["ai-training", "ad-targeting"]


class Clients:
    """The commands of each language: argv up to `upstream` or `downstream`."""

    def __init__(self, python, built, brokers, registry):
        here = pathlib.Path(__file__).parent
        java = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{built}/java/target/sluice-example.jar:{built}/java/target/dependency/*"]
        self.commands = {
            "python": lambda name: [python, str(here / "python" / f"{name}.py")],
            "java": lambda name: [*java, f"example.{name.capitalize()}"],
            "javascript": lambda name: ["node", f"{built}/javascript/{name}.js"],
            "go": lambda name: [f"{built}/go/{name}"],
        }
        self.places = {"KAFKA_BROKERS": brokers, "SCHEMA_REGISTRY_URL": registry}
        self.environment = dict(os.environ) | self.places
        self.brokers = brokers

    def publish(self, member):
        """Runs each upstream for a member of its own; the places of what each
        one's broker acknowledged, by language."""
        schemas = str(pathlib.Path(__file__).parent / "schemas")
        running = {
            language: subprocess.Popen([*command("upstream"), schemas, member(language)], env=self.environment, stdout=subprocess.PIPE)
            for language, command in self.commands.items()
        }
        places = {}
        for language, process in running.items():
            out, _ = process.communicate(timeout=120)
            if process.returncode != 0:
                raise RuntimeError(f"upstream in {language}: exit code {process.returncode}")
            places[language] = [(line["partition"], line["offset"]) for line in map(json.loads, out.splitlines())]
        return places

    def read(self, topic, count):
        """Runs each downstream until it has told of so many messages, and tells it
        to stop; what each printed, by language."""
        readers = {language: Reader(language, [*command("downstream"), topic], self.environment) for language, command in self.commands.items()}
        deadline = time.monotonic() + 120
        try:
            return {language: reader.lines(count, deadline) for language, reader in readers.items()}
        finally:
            for reader in readers.values():
                reader.process.kill()

    def kcat(self, topic, headers):
        """What kcat prints of a topic: partition, offset, key, whether the value
        is null, and a header's value."""
        out = subprocess.run(
            ["kcat", "-C", "-b", self.brokers, "-t", topic, "-X", "isolation.level=read_committed", "-o", "beginning", "-e", "-q", "-f", "%p %o %k %S %h\\n"],
            check=True, stdout=subprocess.PIPE, timeout=120, text=True,
        ).stdout
        seen = {}
        for line in out.splitlines():
            partition, offset, key, size, told = line.split(" ", 4)
            told = dict(h.partition("=")[::2] for h in told.split(",sluice-"))
            seen[int(partition), int(offset)] = key, size == "-1", {h: told.get(h.removeprefix("sluice-"), told.get(h)) for h in headers}
        return seen


class Reader:
    """A downstream that goes on until it is told to stop."""

    def __init__(self, language, command, environment):
        group = f"{command[-1]}-reader-{language}"
        self.language = language
        self.process = subprocess.Popen(command, env=environment | {"KAFKA_GROUP": group}, stdout=subprocess.PIPE)
        self.told, self.ended, self.more = [], False, threading.Condition()
        self.thread = threading.Thread(target=self.collect)
        self.thread.start()

    def collect(self):
        for line in self.process.stdout:
            with self.more:
                self.told.append(json.loads(line))
                self.more.notify()
        with self.more:
            self.ended = True
            self.more.notify()

    def lines(self, count, deadline):
        with self.more:
            self.more.wait_for(lambda: len(self.told) >= count or self.ended, deadline - time.monotonic())
            if len(self.told) < count:
                raise RuntimeError(f"downstream in {self.language} told of {len(self.told)} of {count} messages")
        self.process.send_signal(signal.SIGTERM)
        # A JVM that was told to stop says so by its exit code.
        code = self.process.wait(timeout=60)
        if code not in (0, 128 + signal.SIGTERM):
            raise RuntimeError(f"downstream in {self.language}: exit code {code}")
        self.thread.join()
        return self.told


def check(clients, topic, messages, decode, wrong):
    """Compares what every downstream tells with what was read here."""
    expected = {}
    for m in messages:
        line = {"key": m.key().decode()}
        if m.topic() != topic:
            _, r = decode(m.value())
            line |= {"what": "retraction", "categories": r["categories"], "reason": r["reason"]}
        elif m.value() is None:
            line["what"] = "tombstone"
        else:
            _, r = decode(m.value())
            line |= {
                "what": "record", "subject": r["subject"], "record_id": r["record_id"], "category": r["category"],
                "occurred_at": int(r["occurred_at"].timestamp() * 1000),
            }
        expected[m.topic(), m.partition(), m.offset()] = line
    kept = still_held(topic, messages, decode)
    for language, told in clients.read(topic, len(expected)).items():
        last = told.pop()
        got = {(line.pop("topic"), line.pop("partition"), line.pop("offset")): line for line in told}
        wrong.check(len(got) == len(told), "a downstream read something twice", f"{language}, {topic}")
        for place in expected.keys() | got.keys():
            wrong.check(got.get(place) == expected.get(place), "a downstream read something else", f"{language}, {place}: {got.get(place)}, want {expected.get(place)}")
        wrong.check(sorted(last["keys"]) == kept, "a downstream holds something else", f"{language}, {topic}: {len(last['keys'])} records, want {len(kept)}")
    seen = clients.kcat(topic, ["sluice-rule", "sluice-recipients"])
    want = {}
    for m in messages:
        if m.topic() == topic:
            headers = {k: v.decode() for k, v in m.headers()}
            want[m.partition(), m.offset()] = m.key().decode(), m.value() is None, {h: headers[h] for h in ["sluice-rule", "sluice-recipients"]}
    for place in want.keys() | seen.keys():
        wrong.check(seen.get(place) == want.get(place), "kcat read something else", f"{topic}, {place}: {seen.get(place)}, want {want.get(place)}")
    return expected, kept


def still_held(topic, messages, decode):
    """The keys of the records that nothing removed: no later record of the key, no
    retraction issued since."""
    retractions = [decode(m.value())[1] for m in messages if m.topic() != topic]
    latest = {}
    for m in sorted((m for m in messages if m.topic() == topic), key=lambda m: m.offset()):
        latest[m.key()] = m  # a key has one partition
    held = []
    for key, m in latest.items():
        if m.value() is None:
            continue
        _, record = decode(m.value())
        gone = any(
            r["subject"] == record["subject"] and m.timestamp()[1] <= r["issued_at"].timestamp() * 1000
            and (record["category"] in r["categories"] or r["categories"] == [])
            for r in retractions
        )
        if not gone:
            held.append(key.decode())
    return sorted(held)
