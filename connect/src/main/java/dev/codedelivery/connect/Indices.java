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
 * Sees to templates and indices: they are right before the first document is written, and stay so.
 * Its methods throw {@link AwayException} when the server is away, and ConnectException when it
 * refuses.
 */
final class Indices {
  private static final Logger LOG = LoggerFactory.getLogger(Indices.class);

  private final SearchServer server;
  private final SinkConfig config;
  private final Metrics metrics;

  /** Each alias whose template was put, with what the server made of it. */
  private final Map<String, JsonNode> templates = new ConcurrentHashMap<>();

  private final Set<Target> ready = ConcurrentHashMap.newKeySet();

  Indices(SearchServer server, SinkConfig config, Metrics metrics) {
    this.server = server;
    this.config = config;
    this.metrics = metrics;
  }

  /** Makes what documents of these targets need. Costs nothing when it was made before. */
  void ensure(Collection<Target> targets) {
    for (Target target : targets) {
      if (!ready.contains(target)) {
        make(target);
      }
    }
  }

  /** The index of this target is not there any more. */
  void forget(Target target) {
    ready.remove(target);
  }

  private synchronized void make(Target target) {
    if (ready.contains(target)) {
      return;
    }
    adopt(target.alias());
    if (server.get("/_alias/" + target.name()).status() == 404) {
      Answer answer = server.put("/" + target.index(), Template.index(target, config));
      if (answer.errorType().equals("resource_already_exists_exception")) {
        expect(
            server.post("/_aliases", Template.aliases(target)),
            "give the index " + target.index() + " its aliases");
      } else {
        expect(answer, "make the index " + target.index());
        LOG.info("The index {} is made.", target.index());
      }
    }
    repairMappings(target.name(), true);
    ready.add(target);
  }

  /**
   * Puts the template of an alias, if it is not as it should be, and its mapping to the indices
   * that there are.
   */
  synchronized void adopt(String alias) {
    JsonNode there = template(alias);
    JsonNode known = templates.get(alias);
    if (known != null && known.equals(there)) {
      return;
    }
    expect(
        server.put("/_index_template/" + alias, Template.of(alias, config)),
        "put the index template " + alias);
    templates.put(alias, template(alias));
    if (known != null) {
      metrics.templatesRepaired.increment();
      LOG.warn(
          "The index template {} was {} by somebody else and is put right. To change it, change the"
              + " connector's options.",
          alias,
          there.isMissingNode() ? "removed" : "changed");
    }
    repairMappings(alias, false);
  }

  private JsonNode template(String alias) {
    Answer answer = server.get("/_index_template/" + alias);
    if (answer.status() != 404) {
      expect(answer, "show the index template " + alias);
    }
    return answer.json().path("index_templates").path(0).path("index_template");
  }

  /** Adds to the indices of an alias what their mappings lack. */
  private void repairMappings(String alias, boolean mustSucceed) {
    Answer answer = server.get("/" + alias + "/_mapping");
    if (answer.status() == 404) {
      return;
    }
    expect(answer, "show the mapping of " + alias);
    ObjectNode wanted = config.mapping();
    for (Map.Entry<String, JsonNode> index : answer.json().properties()) {
      if (!Mapping.covers(index.getValue().path("mappings"), wanted)) {
        repairMapping(index.getKey(), wanted, mustSucceed);
      }
    }
  }

  private void repairMapping(String index, ObjectNode wanted, boolean mustSucceed) {
    Answer answer = server.put("/" + index + "/_mapping", wanted);
    if (answer.status() != 400) {
      expect(answer, "change the mapping of " + index);
      LOG.info("The mapping of the index {} is brought up to date.", index);
      return;
    }
    String sentence =
        "The index "
            + index
            + " has another mapping than the connector wants ("
            + answer.reason()
            + "), and a field's type cannot change. Reindex it into one of another name, move its"
            + " aliases there and delete it; or delete it, and replay.";
    if (mustSucceed) {
      throw new ConnectException(sentence);
    }
    LOG.warn(sentence);
  }

  /** Looks after all templates once more. */
  void check() {
    templates.keySet().forEach(this::adopt);
  }

  /** Deletes the indices whose days are over. */
  void expire(LocalDate today) {
    for (String alias : templates.keySet()) {
      Answer answer = server.get("/_alias/" + alias);
      if (answer.status() == 404) {
        continue;
      }
      expect(answer, "show the indices of " + alias);
      List<String> there = new ArrayList<>();
      answer.json().fieldNames().forEachRemaining(there::add);
      for (String index : Retention.expired(alias, there, today, config.retentionDays)) {
        Answer deleted = server.delete("/" + index);
        if (deleted.status() != 404) {
          expect(deleted, "delete the index " + index);
          metrics.indicesExpired.increment();
          LOG.info("The index {} is deleted: its day is over.", index);
        }
        ready.removeIf(target -> target.index().equals(index));
      }
    }
  }

  private static void expect(Answer answer, String deed) {
    if (answer.verdict() == Answer.Verdict.LATER) {
      throw new AwayException(
          "The server " + answer.server() + " cannot " + deed + " now (" + answer.reason() + ").");
    }
    if (!answer.ok()) {
      throw answer.refusal(deed);
    }
  }
}
