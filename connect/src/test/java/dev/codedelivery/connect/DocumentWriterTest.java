package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.junit.jupiter.api.Test;

class DocumentWriterTest {
  private static String json(Object value) {
    return new String(DocumentWriter.write(value), StandardCharsets.UTF_8);
  }

  @Test
  void aMapIsWrittenAsItIs() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("position", List.of(-47.92923, -15.82594));
    value.put("finished", false);
    value.put("seq", 7L);
    value.put("speed", 8.5f);
    value.put("note", "a \"quoted\"\nline, olá");
    value.put("nothing", null);
    value.put("inner", Map.of("deep", List.of()));
    assertEquals(
        "{\"position\":[-47.92923,-15.82594],\"finished\":false,\"seq\":7,\"speed\":8.5,\"note\":\"a"
            + " \\\"quoted\\\"\\n"
            + "line, olá\",\"nothing\":null,\"inner\":{\"deep\":[]}}",
        json(value));
  }

  @Test
  void aStructIsWrittenWithItsLogicalTypes() {
    Schema schema =
        SchemaBuilder.struct()
            .field("at", Timestamp.SCHEMA)
            .field("price", Decimal.schema(2))
            .field("raw", Schema.BYTES_SCHEMA)
            .field("absent", Schema.OPTIONAL_STRING_SCHEMA)
            .build();
    Struct value =
        new Struct(schema)
            .put("at", new Date(Fixtures.NOON))
            .put("price", new BigDecimal("12.50"))
            .put("raw", ByteBuffer.wrap(new byte[] {1, 2}));
    assertEquals(
        "{\"at\":" + Fixtures.NOON + ",\"price\":12.50,\"raw\":\"AQI=\",\"absent\":null}",
        json(value));
    assertEquals(new Date(Fixtures.NOON), Fields.get(value, "at"));
    assertEquals(null, Fields.get(value, "unknown"));
  }

  @Test
  void aValueThatIsNotAnObjectIsBad() {
    for (Object value : new ArrayList<>(Arrays.asList("text", 1L, List.of(1)))) {
      assertThrows(BadRecordException.class, () -> DocumentWriter.write(value));
    }
  }

  @Test
  void nestedFieldsAreFound() {
    assertEquals(1, Fields.get(Map.of("a", Map.of("b", 1)), "a.b"));
    assertEquals(null, Fields.get(Map.of("a", 1), "a.b"));
    assertEquals("7", Fields.text(7.0));
    assertEquals("7.5", Fields.text(7.5));
    assertEquals(null, Fields.text(List.of()));
  }
}
