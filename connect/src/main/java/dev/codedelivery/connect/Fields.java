package dev.codedelivery.connect;

import java.util.Map;
import org.apache.kafka.connect.data.Struct;

/** Looks up a field in a record's value, with a schema (Struct) or without (Map). */
final class Fields {
  private Fields() {}

  /** The field at {@code path} ({@code a.b} is b inside a), or null. */
  static Object get(Object value, String path) {
    if (value instanceof Map<?, ?> map && path.indexOf('.') < 0) {
      return map.get(path);
    }
    Object found = value;
    for (String name : path.split("\\.")) {
      if (found instanceof Map<?, ?> map) {
        found = map.get(name);
      } else if (found instanceof Struct struct) {
        found = struct.schema().field(name) == null ? null : struct.get(name);
      } else {
        return null;
      }
    }
    return found;
  }

  /** A string, number or boolean as it is written in an id (7.0 as 7); null for anything else. */
  static String text(Object value) {
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      return number == Math.rint(number) && Math.abs(number) < 1L << 53
          ? Long.toString((long) number)
          : value.toString();
    }
    return value instanceof CharSequence || value instanceof Number || value instanceof Boolean
        ? value.toString()
        : null;
  }
}
