package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The bodies of the requests that make templates, indices and aliases. Pure. */
final class Template {
  private static final int PRIORITY = 200;

  private Template() {}

  /**
   * The template of an alias; a longer name has the higher priority, for its pattern is the
   * narrower one.
   */
  static ObjectNode of(String alias, SinkConfig config) {
    ObjectNode body = Mapping.JSON.createObjectNode();
    body.putArray("index_patterns").add(alias + "-*");
    body.put("priority", PRIORITY + alias.length());
    body.putObject("_meta").put("managed_by", "code-delivery-connect");
    ObjectNode template = body.putObject("template");
    template.set("settings", config.settings());
    template.set("mappings", config.mapping());
    template.putObject("aliases").putObject(alias);
    return body;
  }

  /** A new index. It says all of the template once more, so that no other template can spoil it. */
  static ObjectNode index(Target target, SinkConfig config) {
    ObjectNode body = Mapping.JSON.createObjectNode();
    body.set("settings", config.settings());
    body.set("mappings", config.mapping());
    ObjectNode aliases = body.putObject("aliases");
    aliases.putObject(target.alias());
    aliases.putObject(target.name());
    return body;
  }

  /** Gives an index that is there its aliases. */
  static ObjectNode aliases(Target target) {
    ObjectNode body = Mapping.JSON.createObjectNode();
    var actions = body.putArray("actions");
    for (String alias : java.util.List.of(target.alias(), target.name())) {
      actions.addObject().putObject("add").put("index", target.index()).put("alias", alias);
    }
    return body;
  }
}
