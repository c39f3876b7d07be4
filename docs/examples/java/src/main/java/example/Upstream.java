package example;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * An upstream team's producer: a member writes two posts and deletes the first.
 * Arguments: a folder with schemas, the member's id.
 */
public final class Upstream {
  private static final String TOPIC = "member-activity";

  private final Wire wire = new Wire();
  private final Path folder;
  private final String member;
  private final KafkaProducer<String, byte[]> producer;

  private Upstream(Path folder, String member, KafkaProducer<String, byte[]> producer) {
    this.folder = folder;
    this.member = member;
    this.producer = producer;
  }

  public static void main(String[] args) throws Exception {
    // The defaults are what is needed: idempotent, acks=all, and murmur2 for
    // records with a key.
    Map<String, Object> config = Map.of("bootstrap.servers", Wire.env("KAFKA_BROKERS", "localhost:9092"));
    try (var producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
      new Upstream(Path.of(args[0]), args[1], producer).run();
    }
  }

  private void run() throws Exception {
    var contents = List.of("post-" + UUID.randomUUID(), "post-" + UUID.randomUUID());
    for (String content : contents) {
      // Fields with a default may be left out.
      send("PostPublished", content, Map.of(
          "body", "Write to ada.lovelace@example.com today", "hashtags", List.of("consent"), "mentions", List.of(),
          "reactions", Map.of("like", 2L), "school", "Example University", "paid_with", "a card", "attachments", List.of()));
    }
    send("PostDeleted", contents.get(0), Map.of());
  }

  private void send(String name, String content, Map<String, Object> fields) throws Exception {
    String text = Files.readString(folder.resolve(name + ".avsc"));
    Schema schema = new Schema.Parser().parse(text);
    var record = new GenericRecordBuilder(schema).set("member_id", member).set("event_id", UUID.randomUUID().toString())
        .set("content_id", content).set("at", System.currentTimeMillis());
    for (Schema.Field field : schema.getFields()) {
      if (fields.containsKey(field.name())) {
        record.set(field, fields.get(field.name()));
      } else if (!record.has(field)) {
        record.set(field, null);
      }
    }
    int id = wire.id(TOPIC + "-" + schema.getFullName(), text);
    var at = producer.send(new ProducerRecord<>(TOPIC, member, Wire.encode(id, record.build()))).get();
    System.out.println(Wire.JSON.writeValueAsString(Map.of("partition", at.partition(), "offset", at.offset())));
  }
}
