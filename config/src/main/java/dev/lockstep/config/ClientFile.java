package dev.lockstep.config;

import static dev.lockstep.config.Yaml.line;
import static dev.lockstep.config.Yaml.quoted;

import dev.lockstep.protocol.client.ClientConfig.Timing;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A {@link ClientSettings} as YAML. All but the cluster may be left out, and then has defaults.
 *
 * @param cluster where the cluster's file is
 */
record ClientFile(Path cluster, ClientSettings settings) {
  private static final long LEAST = 1_000;

  /** Paths in the file are relative to the folder that it is in. */
  static ClientFile read(Path file) throws IOException {
    Section top = Section.read(file);
    Path cluster = top.path("cluster");
    int queuedCalls = top.integer("queued-calls", ClientSettings.defaults().queuedCalls());
    Timing timing = top.has("timing") ? timing(top.section("timing")) : Timing.defaults();
    top.end();
    return new ClientFile(cluster, top.checked(() -> new ClientSettings(timing, queuedCalls)));
  }

  private static Timing timing(Section timing) throws IOException {
    Timing defaults = Timing.defaults();
    long retransmit = duration(timing, "retransmit", defaults.retransmitMicros());
    long cap = duration(timing, "retransmit-cap", defaults.retransmitCapMicros());
    long read = duration(timing, "read-timeout", defaults.readTimeoutMicros());
    long call = duration(timing, "call-timeout", defaults.callTimeoutMicros());
    long open = duration(timing, "open-deadline", defaults.openDeadlineMicros());
    timing.end();
    timing.require(
        cap >= retransmit,
        "retransmit-cap",
        Units.DURATION.format(cap),
        "at least timing.retransmit, which is " + Units.DURATION.format(retransmit));
    return new Timing(retransmit, cap, read, call, open);
  }

  private static long duration(Section timing, String key, long otherwise) throws IOException {
    long value = timing.quantity(key, Units.DURATION, otherwise);
    timing.require(
        value >= LEAST,
        key,
        Units.DURATION.format(value),
        "at least " + Units.DURATION.format(LEAST));
    return value;
  }

  /** With the path as it is. */
  String write() {
    Timing timing = settings.timing();
    return """
        # One client of a Lockstep cluster. Its key and certificate are beside this file; whoever
        # has the key is this client. Paths are relative to this file.

        %s
        %s

        timing:
        %s
        %s
        %s
        %s
        %s
        """
        .formatted(
            line("cluster", quoted(cluster.toString()), ""),
            line(
                "queued-calls",
                settings.queuedCalls(),
                "calls of one session that may wait; one more is refused at once"),
            line(
                "  retransmit",
                Units.DURATION.format(timing.retransmitMicros()),
                "until a request is sent again; doubles each time"),
            line(
                "  retransmit-cap",
                Units.DURATION.format(timing.retransmitCapMicros()),
                "the most that it doubles to"),
            line(
                "  read-timeout",
                Units.DURATION.format(timing.readTimeoutMicros()),
                "until an unordered read without agreement is ordered instead"),
            line(
                "  call-timeout",
                Units.DURATION.format(timing.callTimeoutMicros()),
                "until a call ends with the answer that its outcome is not known"),
            line(
                "  open-deadline",
                Units.DURATION.format(timing.openDeadlineMicros()),
                "how long an attempt to open a session may take effect"));
  }
}
