package example;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Avro in the Confluent wire format: 0, four bytes of schema id, the record. */
final class Wire {
  static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String registry = env("SCHEMA_REGISTRY_URL", "http://localhost:8081");
  private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();

  static String env(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  GenericRecord decode(byte[] value) throws IOException, InterruptedException {
    ByteBuffer header = ByteBuffer.wrap(value);
    if (header.get() != 0) {
      throw new IOException("no Confluent wire header");
    }
    int id = header.getInt();
    if (!readers.containsKey(id)) {
      String text = ask("/schemas/ids/" + id, "GET", HttpRequest.BodyPublishers.noBody()).get("schema").toString();
      readers.put(id, new GenericDatumReader<>(new Schema.Parser().parse(text)));
    }
    return readers.get(id).read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
  }

  /** The id of a schema that was registered when it was deployed. */
  int id(String subject, String text) throws IOException, InterruptedException {
    String body = JSON.writeValueAsString(Map.of("schema", text));
    return (Integer) ask("/subjects/" + subject, "POST", HttpRequest.BodyPublishers.ofString(body)).get("id");
  }

  static byte[] encode(int id, GenericRecord record) throws IOException {
    var out = new ByteArrayOutputStream();
    var header = new DataOutputStream(out);
    header.writeByte(0);
    header.writeInt(id);
    var encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private Map<?, ?> ask(String path, String method, BodyPublisher body) throws IOException, InterruptedException {
    var request = HttpRequest.newBuilder(URI.create(registry + path)).method(method, body)
        .header("Content-Type", "application/vnd.schemaregistry.v1+json").build();
    var answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(path + ": " + answer.statusCode());
    }
    return JSON.readValue(answer.body(), Map.class);
  }
}
