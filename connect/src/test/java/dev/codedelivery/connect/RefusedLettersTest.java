package dev.codedelivery.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.OptionalDouble;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.DynamicMBean;
import javax.management.MBeanInfo;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class RefusedLettersTest {
  /** As Connect exposes it. */
  private record Errors(double failures) implements DynamicMBean {
    @Override
    public Object getAttribute(String name) {
      return name.equals("deadletterqueue-produce-failures") ? failures : null;
    }

    @Override
    public void setAttribute(Attribute attribute) {}

    @Override
    public AttributeList getAttributes(String[] names) {
      return new AttributeList();
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
      return new AttributeList();
    }

    @Override
    public Object invoke(String name, Object[] arguments, String[] types) {
      return null;
    }

    @Override
    public MBeanInfo getMBeanInfo() {
      return new MBeanInfo(Errors.class.getName(), "", null, null, null, null);
    }
  }

  @Test
  void theCountIsThatOfTheTask() throws Exception {
    RefusedLetters plain = new RefusedLetters("plain", 1);
    assertEquals(OptionalDouble.empty(), plain.count());
    var server = ManagementFactory.getPlatformMBeanServer();
    List<ObjectName> names =
        List.of(
            new ObjectName("kafka.connect:type=task-error-metrics,connector=plain,task=0"),
            new ObjectName("kafka.connect:type=task-error-metrics,connector=plain,task=1"),
            new ObjectName(
                "kafka.connect:type=task-error-metrics,connector="
                    + ObjectName.quote("a:b")
                    + ",task=1"));
    for (int i = 0; i < names.size(); i++) {
      server.registerMBean(new Errors(i), names.get(i));
    }
    try {
      assertEquals(OptionalDouble.of(1), plain.count());
      assertEquals(OptionalDouble.of(2), new RefusedLetters("a:b", 1).count());
    } finally {
      for (ObjectName name : names) {
        server.unregisterMBean(name);
      }
    }
    assertEquals(OptionalDouble.empty(), plain.count());
  }
}
