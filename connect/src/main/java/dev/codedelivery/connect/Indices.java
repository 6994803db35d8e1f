package dev.codedelivery.connect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manages templates and indices, so that they are correct before the first document is written and
 * stay correct. The methods throw {@link UnavailableException} when the server is unavailable, and
 * ConnectException when it refuses.
 */
final class Indices {
  private static final Logger LOG = LoggerFactory.getLogger(Indices.class);

  private final SearchServer server;
  private final SinkConfig config;
  private final Metrics metrics;

  /** The template of each alias, as the server returned it after it was put. */
  private final Map<String, JsonNode> templates = new ConcurrentHashMap<>();

  /** When it was last said of an alias that indices are kept. */
  private final Map<String, LocalDate> warned = new ConcurrentHashMap<>();

  private final Set<Target> ready = ConcurrentHashMap.newKeySet();

  Indices(SearchServer server, SinkConfig config, Metrics metrics) {
    this.server = server;
    this.config = config;
    this.metrics = metrics;
  }

  /** Creates the missing indices and templates of these targets. Free once they exist. */
  void ensure(Collection<Target> targets) {
    for (Target target : targets) {
      if (!ready.contains(target)) {
        create(target);
      }
    }
  }

  /** The index of this target no longer exists. */
  void forget(Target target) {
    ready.remove(target);
  }

  private synchronized void create(Target target) {
    if (ready.contains(target)) {
      return;
    }
    ensureTemplate(target.alias());
    if (server.get("/_alias/" + target.name()).status() == 404) {
      Response response = server.put("/" + target.index(), Template.index(target, config));
      if (response.errorType().equals("resource_already_exists_exception")) {
        expect(
            server.post("/_aliases", Template.aliases(target)),
            "give the index " + target.index() + " its aliases");
      } else {
        expect(response, "create the index " + target.index());
        LOG.info("Created the index {}.", target.index());
      }
    }
    repairMappings(target.name(), true);
    ready.add(target);
  }

  /**
   * Puts the template of an alias if it is missing or differs, and adds the mapping to existing
   * indices.
   */
  synchronized void ensureTemplate(String alias) {
    JsonNode current = template(alias);
    JsonNode known = templates.get(alias);
    if (known != null && known.equals(current)) {
      return;
    }
    expect(
        server.put("/_index_template/" + alias, Template.of(alias, config)),
        "put the index template " + alias);
    templates.put(alias, template(alias));
    if (known != null) {
      metrics.templatesRepaired.increment();
      LOG.warn(
          "The index template {} had been {} and was restored. To change it, change the connector's"
              + " options.",
          alias,
          current.isMissingNode() ? "removed" : "changed");
    }
    repairMappings(alias, false);
  }

  private JsonNode template(String alias) {
    Response response = server.get("/_index_template/" + alias);
    if (response.status() != 404) {
      expect(response, "get the index template " + alias);
    }
    return response.json().path("index_templates").path(0).path("index_template");
  }

  /** Adds missing fields to the mappings of an alias's indices. */
  private void repairMappings(String alias, boolean mustSucceed) {
    Response response = server.get("/" + alias + "/_mapping");
    if (response.status() == 404) {
      return;
    }
    expect(response, "get the mapping of " + alias);
    ObjectNode wanted = config.mapping();
    for (Map.Entry<String, JsonNode> index : response.json().properties()) {
      if (!Mapping.covers(index.getValue().path("mappings"), wanted)) {
        repairMapping(index.getKey(), wanted, mustSucceed);
      }
    }
  }

  private void repairMapping(String index, ObjectNode wanted, boolean mustSucceed) {
    Response response = server.put("/" + index + "/_mapping", wanted);
    if (response.status() != 400) {
      expect(response, "update the mapping of " + index);
      LOG.info("Updated the mapping of the index {}.", index);
      return;
    }
    String sentence =
        "The index "
            + index
            + " has a mapping that conflicts with the connector's ("
            + response.reason()
            + "), and the type of a field cannot be changed. Reindex it into a new index and move"
            + " its aliases there, or delete it and replay the topic.";
    if (mustSucceed) {
      throw new ConnectException(sentence);
    }
    LOG.warn(sentence);
  }

  /** Checks all templates again. */
  void checkTemplates() {
    templates.keySet().forEach(this::ensureTemplate);
  }

  /** Deletes the indices of expired days. */
  void expire(LocalDate today) {
    for (String alias : templates.keySet()) {
      Response response = server.get("/_alias/" + alias);
      if (response.status() == 404) {
        continue;
      }
      expect(response, "list the indices of " + alias);
      List<String> existing = new ArrayList<>();
      response.json().fieldNames().forEachRemaining(existing::add);
      List<String> expired = Retention.expired(alias, existing, today, config.retentionDays);
      warnOfKept(alias, existing, expired, today);
      for (String index : expired) {
        Response deleted = server.delete("/" + index);
        if (deleted.status() != 404) {
          expect(deleted, "delete the index " + index);
          metrics.indicesExpired.increment();
          LOG.info("Deleted the expired index {}.", index);
        }
        ready.removeIf(target -> target.index().equals(index));
      }
    }
  }

  /** Says once per day of an alias which indices only this worker's clock calls expired. */
  private void warnOfKept(
      String alias, List<String> existing, List<String> expired, LocalDate today) {
    List<String> kept =
        Retention.byClock(alias, existing, today, config.retentionDays).stream()
            .filter(index -> !expired.contains(index))
            .toList();
    if (!kept.isEmpty() && !today.equals(warned.put(alias, today))) {
      LOG.warn(
          "Kept {} of {}, which expired by this worker's clock ({}): the newest day of {} is too"
              + " old to confirm it. They are deleted once a newer day is written; until then,"
              + " check the clock.",
          kept.size() == 1 ? "the index " + kept.get(0) : kept.size() + " indices",
          alias,
          today,
          alias);
    }
  }

  private static void expect(Response response, String action) {
    if (response.verdict() == Response.Verdict.RETRY) {
      throw new UnavailableException(
          "The server "
              + response.server()
              + " cannot "
              + action
              + " now ("
              + response.reason()
              + ").");
    }
    if (!response.ok()) {
      throw response.refusal(action);
    }
  }
}
