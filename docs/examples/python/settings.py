"""The settings service: sends a change of one setting, and waits for its receipt.

    python settings.py SCHEMA_FILE MEMBER_ID SETTING CHOICE
"""

import datetime
import json
import os
import pathlib
import sys
import time
import uuid

import confluent_kafka

from wire import Encoder, decode

BROKERS = os.environ.get("KAFKA_BROKERS", "localhost:9092")


def receipts_from_now():
    """A consumer of what is committed from now on."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": BROKERS, "group.id": "none", "isolation.level": "read_committed", "enable.auto.commit": False})
    places = [confluent_kafka.TopicPartition("sluice-receipts", p) for p in consumer.list_topics("sluice-receipts", 30).topics["sluice-receipts"].partitions]
    for place in places:
        _, place.offset = consumer.get_watermark_offsets(place, 30)
    consumer.assign(places)
    return consumer


def main():
    file, member, setting, choice = sys.argv[1:]
    schema = Encoder("member-settings", pathlib.Path(file).read_text())
    receipts = receipts_from_now()
    producer = confluent_kafka.Producer({
        "bootstrap.servers": BROKERS,
        "enable.idempotence": True,  # acks=all: what is acknowledged is not lost
        "partitioner": "murmur2_random",  # librdkafka's own default is another
    })
    event = str(uuid.uuid4())
    failed = []
    producer.produce("member-settings", key=member.encode(), on_delivery=lambda error, _: failed.append(error) if error else None, value=schema.encode({
        "event_id": event, "member_id": member,
        "version": time.time_ns(),  # yours is the version of the member's row
        "occurred_at": datetime.datetime.now(datetime.timezone.utc),
        "choices": {setting: choice},  # a delta: what is not said stays as it was
    }))
    if producer.flush(30) > 0 or failed:
        sys.exit(f"not acknowledged: {failed}")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        message = receipts.poll(1)
        if message is not None and not message.error():
            receipt = decode(message.value())
            if receipt["event_id"] == event:
                print(json.dumps({"applied_at": receipt["applied_at"].isoformat(), "permitted": receipt["permitted"]}))
                return
    sys.exit("no receipt within a minute")


main()
