package example;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A downstream team's reader of an output topic and its retractions. Argument: the
 * topic. It prints what it reads, and what it still may hold when it is told to stop.
 */
public final class Downstream {
  /** What the team holds. Yours is a database, and keeps the offsets too. */
  static final class Store {
    record Held(GenericRecord record, long timestamp) {}

    record Retraction(Collection<String> categories, long issuedAt) {}

    final Map<String, Held> records = new TreeMap<>(); // by Kafka key
    final Map<String, List<Retraction>> retractions = new HashMap<>(); // by subject

    void put(String key, Held held) {
      records.remove(key);
      if (!withdrawn(held)) {
        records.put(key, held);
      }
    }

    void retract(String subject, Retraction retraction) {
      retractions.computeIfAbsent(subject, s -> new ArrayList<>()).add(retraction);
      records.values().removeIf(this::withdrawn);
    }

    /**
     * Topics have no common order, so a retraction stands: it takes what was published
     * until then, read before it or after. No categories: all.
     */
    boolean withdrawn(Held held) {
      String category = held.record.get("category").toString();
      return retractions.getOrDefault(held.record.get("subject").toString(), List.of()).stream().anyMatch(r ->
          held.timestamp <= r.issuedAt && (r.categories.isEmpty() || r.categories.contains(category)));
    }
  }

  private final Wire wire = new Wire();
  private final Store store = new Store();
  private final String topic;

  private Downstream(String topic) {
    this.topic = topic;
  }

  public static void main(String[] args) throws Exception {
    String topic = args.length > 0 ? args[0] : "ai-training";
    Map<String, Object> config = Map.of(
        "bootstrap.servers", Wire.env("KAFKA_BROKERS", "localhost:9092"),
        "group.id", Wire.env("KAFKA_GROUP", topic + "-reader"),
        "isolation.level", "read_committed",
        "auto.offset.reset", "earliest",
        "enable.auto.commit", false); // this store is memory: it begins anew each time
    var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      consumer.wakeup();
      try {
        main.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }));
    new Downstream(topic).run(consumer);
  }

  private void run(KafkaConsumer<String, byte[]> consumer) throws Exception {
    try (consumer) {
      consumer.subscribe(List.of(topic, topic + "-retractions"));
      while (true) {
        for (var message : consumer.poll(Duration.ofSeconds(1))) {
          print(take(message));
        }
      }
    } catch (WakeupException e) {
      print(Map.of("what", "kept", "keys", store.records.keySet()));
    }
  }

  private Map<String, Object> take(ConsumerRecord<String, byte[]> message) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("topic", message.topic());
    line.put("partition", message.partition());
    line.put("offset", message.offset());
    line.put("key", message.key());
    if (message.value() == null) {
      store.records.remove(message.key());
      line.put("what", "tombstone");
      return line;
    }
    GenericRecord record = wire.decode(message.value());
    if (!message.topic().equals(topic)) {
      var categories = ((Collection<?>) record.get("categories")).stream().map(Object::toString).toList();
      store.retract(record.get("subject").toString(), new Store.Retraction(categories, (Long) record.get("issued_at")));
      line.put("what", "retraction");
      line.put("categories", categories);
      line.put("reason", record.get("reason").toString());
      return line;
    }
    store.put(message.key(), new Store.Held(record, message.timestamp()));
    line.put("what", "record");
    for (String field : List.of("subject", "record_id", "category")) {
      line.put(field, record.get(field).toString());
    }
    line.put("occurred_at", record.get("occurred_at"));
    return line;
  }

  private static void print(Object line) throws Exception {
    System.out.println(Wire.JSON.writeValueAsString(line));
  }
}
