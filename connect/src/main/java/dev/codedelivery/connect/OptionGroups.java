package dev.codedelivery.connect;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;

/** Collects the definitions, grouped and ordered. */
final class OptionGroups {
  private final ConfigDef result = new ConfigDef();
  private String group = "";
  private int order;

  /** What was collected. */
  ConfigDef definition() {
    return result;
  }

  /** Begins a group. */
  void group(String name) {
    group = name;
  }

  void text(String name, Object byDefault, Validator check, Importance weight, String doc) {
    define(name, Type.STRING, byDefault, check, weight, doc);
  }

  void number(String name, int byDefault, Validator check, Importance weight, String doc) {
    define(name, Type.INT, byDefault, check, weight, doc);
  }

  void list(String name, Object byDefault, Importance weight, String doc) {
    define(name, Type.LIST, byDefault, null, weight, doc);
  }

  void secret(String name, String doc) {
    define(name, Type.PASSWORD, "", null, Importance.MEDIUM, doc);
  }

  void internal(String name, int byDefault) {
    result.defineInternal(name, Type.INT, byDefault, Importance.LOW);
  }

  void define(
      String name, Type type, Object byDefault, Validator check, Importance weight, String doc) {
    result.define(
        name, type, byDefault, check, weight, doc, group, order++, ConfigDef.Width.MEDIUM, name);
  }
}
