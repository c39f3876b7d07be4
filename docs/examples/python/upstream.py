"""An upstream team's producer: a member writes two posts and deletes the first.

    python upstream.py SCHEMA_FOLDER MEMBER_ID
"""

import datetime
import json
import os
import pathlib
import sys
import uuid

import confluent_kafka

from wire import Encoder

TOPIC = "member-activity"


def main():
    folder, member = pathlib.Path(sys.argv[1]), sys.argv[2]
    published = Encoder(TOPIC, (folder / "PostPublished.avsc").read_text())
    deleted = Encoder(TOPIC, (folder / "PostDeleted.avsc").read_text())
    producer = confluent_kafka.Producer({
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        "enable.idempotence": True,  # acks=all, in order
        # librdkafka's own default is another: records would be `wrong_partition`.
        "partitioner": "murmur2_random",
    })

    def delivered(error, message):
        if error is not None:
            raise confluent_kafka.KafkaException(error)
        print(json.dumps({"partition": message.partition(), "offset": message.offset()}))

    def send(schema, record):
        producer.produce(TOPIC, key=member.encode(), value=schema.encode(record), on_delivery=delivered)

    def event(content):
        return {
            "member_id": member, "event_id": str(uuid.uuid4()), "content_id": content,
            "at": datetime.datetime.now(datetime.timezone.utc),
        }

    contents = [f"post-{uuid.uuid4()}" for _ in range(2)]
    for content in contents:
        send(published, event(content) | {
            "body": "Write to ada.lovelace@example.com today", "hashtags": ["consent"], "mentions": [], "shares": None,
            "edited_at": None, "reactions": {"like": 2}, "author": None, "school": "Example University",
            "paid_with": "a card", "attachments": [],
        })
    send(deleted, event(contents[0]))
    if producer.flush(30) > 0:
        sys.exit("not everything was acknowledged")


main()
