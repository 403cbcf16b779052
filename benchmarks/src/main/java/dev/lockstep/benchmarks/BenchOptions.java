package dev.lockstep.benchmarks;

import dev.lockstep.config.ClusterConfig;
import dev.lockstep.config.Durability;
import dev.lockstep.protocol.view.View;
import dev.lockstep.services.echo.EchoService;
import java.util.Locale;

/**
 * What one run of a benchmark does. Immutable; refuses what makes no sense with a sentence that
 * names the option of {@code lockstep bench}.
 *
 * @param warmupSeconds how long the load runs before anything is measured
 * @param seconds how long is measured
 */
public record BenchOptions(Group group, Load load, int warmupSeconds, int seconds) {
  private static final int MOST_SECONDS = 24 * 3600;
  private static final int MOST_REPLICAS = 64;
  private static final int MOST_SHARED = 20_000;
  private static final int MOST_OWN = 2_000;
  private static final int MOST_IN_FLIGHT = 4_096;
  private static final int MOST_CALLS = 1_000_000;
  private static final int MOST_RATE = 10_000_000;
  private static final int SIZE_BYTES = 4;

  /** Whose connections the clients use. */
  public enum Connections {
    /** One identity and one connection to each replica for all, with a session for each client. */
    SHARED,
    /** Each client has an identity and connections of its own, as separate programs would. */
    OWN
  }

  /**
   * The replicas.
   *
   * @param sign whether clients sign their requests
   * @param tls whether connections are protected
   * @param oneProcess whether replicas and clients share this process, with nothing on disk
   */
  public record Group(
      int replicas,
      int faults,
      View.Mode mode,
      boolean sign,
      boolean tls,
      Durability durability,
      boolean oneProcess) {

    /** Checks that the options go together. */
    public Group {
      range("--replicas", replicas, 1, MOST_REPLICAS);
      int most = ClusterConfig.mostFaults(mode, replicas);
      require(
          faults >= 0 && faults <= most,
          "--faults is "
              + faults
              + " but "
              + replicas
              + " replicas tolerate 0 to "
              + most
              + " in mode "
              + (mode == View.Mode.BYZANTINE ? "bft" : "cft"));
      require(
          !sign || mode == View.Mode.BYZANTINE,
          "--sign needs --mode bft: nothing is signed in mode cft");
      require(
          !oneProcess || durability == Durability.MEMORY,
          "--processes 1 keeps nothing on disk; leave out --durability "
              + durability.name().toLowerCase(Locale.ROOT));
    }

    /** The same replicas, told otherwise what is protected. */
    public Group protecting(boolean tlsNow, boolean signNow) {
      return new Group(replicas, faults, mode, signNow, tlsNow, durability, oneProcess);
    }
  }

  /**
   * The clients.
   *
   * @param requestBytes size of an operation
   * @param replyBytes size of its result
   * @param inFlight calls that each client has outstanding, in a closed loop
   * @param rate operations that are started each second, whatever becomes of the earlier ones; 0
   *     for a closed loop, in which each client starts the next when one is done
   * @param unordered whether the operations are reads that need not be ordered
   */
  public record Load(
      int requestBytes,
      int replyBytes,
      int clients,
      Connections connections,
      int inFlight,
      int rate,
      boolean unordered) {

    /** Checks that the options go together. */
    public Load {
      range("--request", requestBytes, 0, EchoService.REPLY_BYTES_MAX);
      range("--reply", replyBytes, 0, EchoService.REPLY_BYTES_MAX);
      require(
          replyBytes == 0 || requestBytes >= SIZE_BYTES,
          "--request is "
              + requestBytes
              + " but must be at least "
              + SIZE_BYTES
              + " when there is a --reply: the request says how large the reply is to be");
      range("--clients", clients, 1, connections == Connections.SHARED ? MOST_SHARED : MOST_OWN);
      range("--in-flight", inFlight, 1, MOST_IN_FLIGHT);
      range("--rate", rate, 0, MOST_RATE);
      require(
          rate == 0 || inFlight == 1,
          "--in-flight does not go with --rate, which starts calls by the clock");
      require(
          (long) clients * inFlight <= MOST_CALLS,
          "--clients times --in-flight is "
              + (long) clients * inFlight
              + " but must be at most "
              + MOST_CALLS);
    }

    /** The same load with operations and results of this size. */
    public Load withBytes(int bytes) {
      return new Load(bytes, bytes, clients, connections, inFlight, rate, unordered);
    }

    /** The same load by other clients. */
    public Load by(int clientsNow, Connections connectionsNow, int inFlightNow) {
      return new Load(
          requestBytes, replyBytes, clientsNow, connectionsNow, inFlightNow, rate, unordered);
    }
  }

  /** Checks the times. */
  public BenchOptions {
    range("--warmup", warmupSeconds, 0, MOST_SECONDS);
    range("--seconds", seconds, 1, MOST_SECONDS);
  }

  private static void range(String option, int value, int least, int most) {
    require(
        value >= least && value <= most,
        option + " is " + value + " but must be " + least + " to " + most);
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }

  /** The cluster's limits, wide enough for the load. */
  View.Limits limits() {
    View.RequestAuthentication authentication =
        group.sign ? View.RequestAuthentication.SIGNED : View.RequestAuthentication.VOUCHED;
    View.Limits limits = View.Limits.defaults(authentication);
    int sessions = load.connections == Connections.SHARED ? load.clients : 1;
    return new View.Limits(
        limits.batchRequests(),
        Math.max(limits.batchBytes(), 2 * load.requestBytes),
        Math.max(limits.requestBytes(), load.requestBytes),
        Math.max(limits.sessionWindow(), load.inFlight),
        Math.max(limits.sessionsPerClient(), sessions),
        limits.sessions(),
        limits.replyCacheBytes(),
        limits.sessionTimeoutMicros(),
        limits.openBoundMicros(),
        limits.clockBoundMicros(),
        authentication);
  }
}
