package dev.lockstep.cli.sql;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.sql.history.Anomaly;
import dev.lockstep.sql.history.History;
import dev.lockstep.sql.history.Outcome;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Prints what a history proves. */
final class Verdicts {
  private static final int FAILED = 1;

  private Verdicts() {}

  /** Prints it and returns the exit code. */
  static int print(PrintWriter out, History history, List<Anomaly> anomalies, boolean json)
      throws IOException {
    long committed = count(history, Outcome.OK);
    long failed = count(history, Outcome.FAIL);
    long unknown = count(history, Outcome.INFO);
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("valid", anomalies.isEmpty());
      map.put("committed", committed);
      map.put("failed", failed);
      map.put("unknown", unknown);
      map.put("anomalies", anomalies);
      out.println(new ObjectMapper().writeValueAsString(map));
    } else {
      out.println(
          committed
              + " transactions committed, "
              + failed
              + " failed, "
              + unknown
              + " are unknown");
      anomalies.forEach(anomaly -> out.println("  " + anomaly));
      out.println(
          anomalies.isEmpty()
              ? "Snapshot isolation explains all of it."
              : "Snapshot isolation does not explain this: " + anomalies.size() + " anomalies.");
    }
    out.flush();
    return anomalies.isEmpty() ? 0 : FAILED;
  }

  private static long count(History history, Outcome outcome) {
    return history.calls().stream().filter(call -> call.outcome() == outcome).count();
  }
}
