package dev.lockstep.sql.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Histories as files: a JSON array of events, one on a line, with the operations of Jepsen's
 * list-append and bank workloads, so that checkers made for these can read them.
 */
public final class HistoryFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private HistoryFile() {}

  /** Writes a history, over what was there. */
  public static void write(History history, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      String before = "[";
      for (Event event : history.events()) {
        out.write(before);
        out.write(JSON.writeValueAsString(encode(event)));
        before = ",\n";
      }
      out.write(history.events().isEmpty() ? "[]\n" : "]\n");
    }
  }

  /**
   * Reads a history.
   *
   * @throws IOException if there is none in the file, with a sentence that says why
   */
  public static History read(Path file) throws IOException {
    List<Event> events = new ArrayList<>();
    try {
      JsonNode lines = JSON.readTree(file.toFile());
      require(lines != null && lines.isArray(), "it is no JSON array");
      for (JsonNode line : lines) {
        // Lines of what disturbed the database are not of a client.
        if (line.path("process").isIntegralNumber()) {
          events.add(decode(line, events.size()));
        }
      }
      return new History(events);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      String why = e instanceof JsonProcessingException j ? j.getOriginalMessage() : e.getMessage();
      throw new IOException(file + " is no history of transactions: " + why, e);
    }
  }

  private static ObjectNode encode(Event event) {
    ObjectNode line = JSON.createObjectNode();
    line.put("index", event.index());
    line.put("process", event.process());
    line.put("type", event.type().word());
    line.put("f", event.operation().name());
    if (event.operation() instanceof Operation.Transaction transaction) {
      ArrayNode steps = line.putArray("value");
      transaction.steps().forEach(step -> encode(step, steps.addArray()));
    } else if (event.operation() instanceof Operation.Transfer transfer) {
      line.putObject("value")
          .put("from", transfer.from())
          .put("to", transfer.to())
          .put("amount", transfer.amount())
          .put("id", transfer.id());
    } else if (event.operation() instanceof Operation.Balances balances) {
      if (balances.balancesOrNull() != null) {
        ObjectNode value = line.putObject("value");
        balances.balancesOrNull().forEach((account, held) -> value.put("" + account, held));
      }
    }
    line.put("time", event.timeNanos());
    return line;
  }

  private static void encode(Operation.Step step, ArrayNode to) {
    if (step instanceof Operation.Append append) {
      to.add("append").add(append.key()).add(append.value());
    } else if (step instanceof Operation.Read read) {
      to.add("r").add(read.key());
      if (read.valuesOrNull() == null) {
        to.addNull();
      } else {
        ArrayNode values = to.addArray();
        read.valuesOrNull().forEach(values::add);
      }
    }
  }

  private static Event decode(JsonNode line, int place) {
    Outcome type =
        switch (line.path("type").asText()) {
          case "invoke" -> Outcome.INVOKE;
          case "ok" -> Outcome.OK;
          case "fail" -> Outcome.FAIL;
          case "info" -> Outcome.INFO;
          default -> throw bad("event " + place + " has no known type");
        };
    JsonNode value = line.path("value");
    String name = line.path("f").asText("txn");
    Operation operation =
        switch (name) {
          case "txn" -> transaction(value, type, place);
          case "transfer" -> {
            require(value.isObject(), "event " + place + " has no value");
            yield new Operation.Transfer(
                value.path("id").asLong(place),
                value.path("from").asInt(),
                value.path("to").asInt(),
                value.path("amount").asLong());
          }
          case "read" -> balances(value, type, place);
          default -> throw bad("event " + place + " has the unknown operation '" + name + "'");
        };
    return new Event(
        place, line.path("process").asLong(), type, operation, line.path("time").asLong(0));
  }

  private static Operation transaction(JsonNode value, Outcome type, int place) {
    require(value.isArray(), "event " + place + " has no list of steps");
    List<Operation.Step> steps = new ArrayList<>();
    for (JsonNode step : value) {
      require(step.size() == 3, "a step of event " + place + " has not three parts");
      long key = step.get(1).asLong();
      switch (step.get(0).asText()) {
        case "append" -> steps.add(new Operation.Append(key, step.get(2).asLong()));
        case "r" -> steps.add(new Operation.Read(key, values(step.get(2), type)));
        default -> throw bad("a step of event " + place + " is neither 'append' nor 'r'");
      }
    }
    return new Operation.Transaction(steps);
  }

  /** A list that was never written to is null in files of others. */
  private static List<Long> values(JsonNode node, Outcome type) {
    if (node.isNull()) {
      return type == Outcome.OK ? List.of() : null;
    }
    List<Long> values = new ArrayList<>();
    node.forEach(value -> values.add(value.asLong()));
    return values;
  }

  private static Operation balances(JsonNode value, Outcome type, int place) {
    if (type != Outcome.OK) {
      return new Operation.Balances(null);
    }
    require(value.isObject(), "event " + place + " has no balances");
    Map<Integer, Long> balances = new TreeMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      balances.put(Integer.parseInt(entry.getKey()), entry.getValue().asLong());
    }
    return Operation.Balances.of(balances);
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw bad(sentence);
    }
  }

  private static IllegalArgumentException bad(String sentence) {
    return new IllegalArgumentException(sentence);
  }
}
