package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
  @Test
  void aMegabyteInEachPlaceOfARecordMakesASmallLetter() {
    String megabyte = Fixtures.megabyte();
    SinkRecord record = Fixtures.record(7, megabyte, megabyte);
    record.headers().addString("any", megabyte);
    BadRecordException problem = new BadRecordException("mapper_parsing_exception", megabyte);
    List<DeadLetter.Form> forms = DeadLetter.shortened(record, problem, 1 << 20);
    assertEquals(3, forms.size());
    for (DeadLetter.Form form : forms) {
      long size = DeadLetter.size(form.record(), form.problem());
      assertTrue(size <= 64 * 1024, "a shortened letter has " + size + " bytes");
    }
  }
}
