"""A downstream team's reader of an output topic and its retractions.

    python downstream.py [TOPIC]

It prints what it reads, and what it still may hold when it is told to stop.
"""

import collections
import json
import os
import signal
import sys

import confluent_kafka

from wire import decode


class Store:
    """What the team holds. Yours is a database, and keeps the offsets too."""

    def __init__(self):
        self.records = {}  # by Kafka key
        self.retractions = collections.defaultdict(list)  # by subject

    def put(self, key, record, timestamp):
        self.records.pop(key, None)
        if not self.withdrawn(record, timestamp):
            self.records[key] = (record, timestamp)

    def delete(self, key):
        self.records.pop(key, None)

    def retract(self, retraction):
        self.retractions[retraction["subject"]].append(retraction)
        self.records = {k: (r, t) for k, (r, t) in self.records.items() if not self.withdrawn(r, t)}

    def withdrawn(self, record, timestamp):
        """Topics have no common order, so a retraction stands: it takes what was
        published until then, read before it or after. No categories: all."""
        return any(
            timestamp <= millis(r["issued_at"]) and (not r["categories"] or record["category"] in r["categories"])
            for r in self.retractions[record["subject"]]
        )


def millis(time):
    return int(time.timestamp() * 1000)


def main():
    topic = sys.argv[1] if len(sys.argv) > 1 else "ai-training"
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        "group.id": os.environ.get("KAFKA_GROUP", topic + "-reader"),
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,  # this store is memory: it begins anew each time
    })
    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    consumer.subscribe([topic, topic + "-retractions"])
    store = Store()
    while not stopping:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            raise confluent_kafka.KafkaException(message.error())
        line = {"topic": message.topic(), "partition": message.partition(), "offset": message.offset(), "key": message.key().decode()}
        if message.topic() != topic:
            retraction = decode(message.value())
            store.retract(retraction)
            line |= {"what": "retraction", "categories": retraction["categories"], "reason": retraction["reason"]}
        elif message.value() is None:
            store.delete(message.key())
            line |= {"what": "tombstone"}
        else:
            record = decode(message.value())
            store.put(message.key(), record, message.timestamp()[1])
            line |= {
                "what": "record", "subject": record["subject"], "record_id": record["record_id"],
                "category": record["category"], "occurred_at": millis(record["occurred_at"]),
            }
        print(json.dumps(line), flush=True)
    consumer.close()
    print(json.dumps({"what": "kept", "keys": sorted(k.decode() for k in store.records)}))


main()
