package dev.lockstep.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.lockstep.histories.History;
import dev.lockstep.histories.KvOperation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Judges a history that was recorded in a file: whether the calls on each key can be put in an
 * order that explains all answers and in which nothing comes before what had ended when it began.
 */
public final class HistoryChecker {
  /** The error of a compare-and-set that found another value: it was executed, and tells that. */
  static final String MISMATCH = "mismatch";

  /** Each key has a history of its own, in which it is the only register. */
  private static final long REGISTER = 0;

  /** A call without an outcome so far. */
  private record Open(History.Call call, String operation, String key) {}

  private final Map<String, History> keys = new TreeMap<>();
  private final Map<Long, Open> open = new HashMap<>();
  private long lastTime;

  private HistoryChecker() {}

  /**
   * Reads and judges a file.
   *
   * @return why the history is not linearizable; empty if it is
   * @throws IOException if it cannot be read, or is no history
   */
  public static Optional<String> check(Path file) throws IOException {
    HistoryChecker checker = new HistoryChecker();
    ObjectReader json = new ObjectMapper().reader();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        try {
          checker.add(json.readTree(line));
        } catch (JsonProcessingException | IllegalArgumentException e) {
          throw new IOException(
              "line " + number + " of " + file + " is not one of a history: " + e.getMessage(), e);
        }
      }
    }
    return checker.verdict();
  }

  private Optional<String> verdict() {
    for (Map.Entry<String, History> key : keys.entrySet()) {
      Optional<String> violation = key.getValue().violation();
      if (violation.isPresent()) {
        return violation.map(why -> "key " + key.getKey() + ": " + why);
      }
    }
    return Optional.empty();
  }

  private void add(JsonNode line) {
    long process = number(line.path("process"), "process");
    long time = number(line.path("time"), "time");
    require(time >= lastTime, "its time is before that of the line above it");
    lastTime = time;
    String type = line.path("type").asText();
    String operation = line.path("f").asText();
    String key = line.path("key").asText();
    JsonNode value = line.path("value");
    if (type.equals("invoke")) {
      require(!open.containsKey(process), "its process has another call under way");
      History.Call call =
          keys.computeIfAbsent(key, any -> new History()).invoked(operation(operation, value));
      open.put(process, new Open(call, operation, key));
      return;
    }
    Open ended = open.remove(process);
    require(
        ended != null && ended.operation.equals(operation) && ended.key.equals(key),
        "its process has no such call under way");
    History history = keys.get(key);
    switch (type) {
      case "ok" -> {
        switch (operation) {
          case "read" -> history.returned(ended.call, held(value));
          case "cas" -> history.returned(ended.call, 1);
          default -> history.acknowledged(ended.call);
        }
      }
      case "fail" -> {
        if (line.path("error").asText().equals(MISMATCH)) {
          history.returned(ended.call, 0);
        } else {
          history.notExecuted(ended.call);
        }
      }
      case "info" -> history.unknown(ended.call);
      default -> require(false, "its type is '" + type + "'");
    }
  }

  private static KvOperation operation(String name, JsonNode value) {
    return switch (name) {
      case "read" -> KvOperation.get(REGISTER);
      case "write" -> KvOperation.put(REGISTER, held(value));
      case "cas" -> {
        require(value.size() == 2, "a cas has two values: the expected one and the new one");
        yield KvOperation.cas(REGISTER, held(value.get(0)), held(value.get(1)));
      }
      default -> throw new IllegalArgumentException("its operation is '" + name + "'");
    };
  }

  /** A register that was never written holds 0, which is no value that is ever written. */
  private static long held(JsonNode value) {
    return value.isNull() ? 0 : number(value, "value");
  }

  private static long number(JsonNode node, String name) {
    require(node.isIntegralNumber(), "its " + name + " is no whole number");
    return node.asLong();
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
