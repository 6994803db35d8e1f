package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The bodies of the requests that create templates, indices and aliases. Pure. */
final class Template {
  private static final int PRIORITY = 200;

  private Template() {}

  /**
   * The template of an alias. A longer name has a higher priority, because its pattern is more
   * specific.
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

  /** A new index. It repeats all of the template, so that no other template can override it. */
  static ObjectNode index(Target target, SinkConfig config) {
    ObjectNode body = Mapping.JSON.createObjectNode();
    body.set("settings", config.settings());
    body.set("mappings", config.mapping());
    ObjectNode aliases = body.putObject("aliases");
    aliases.putObject(target.alias());
    aliases.putObject(target.name());
    return body;
  }

  /** Adds the aliases to an existing index. */
  static ObjectNode aliases(Target target) {
    ObjectNode body = Mapping.JSON.createObjectNode();
    var actions = body.putArray("actions");
    for (String alias : java.util.List.of(target.alias(), target.name())) {
      actions.addObject().putObject("add").put("index", target.index()).put("alias", alias);
    }
    return body;
  }
}
