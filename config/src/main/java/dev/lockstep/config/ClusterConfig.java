package dev.lockstep.config;

import dev.lockstep.crypto.ClusterTrust;
import dev.lockstep.crypto.ClusterVerifier;
import dev.lockstep.crypto.ReplicaCredentials;
import dev.lockstep.crypto.SigningPublicKey;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.View;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Everything about a cluster that all its replicas and clients know, and nothing secret. Immutable.
 *
 * @param name for people; letters, digits, dot, dash and underscore, at most 40
 * @param id 128 random bits as 32 hexadecimal digits, made when the cluster is; never changes
 * @param mode what faulty replicas may do; never changes
 * @param faults replicas that may be faulty at the same time (f)
 * @param window number of instances that may be open at a time (W); never changes
 * @param limits cluster-wide limits, and how requests are authenticated
 * @param checkpointPeriod instances between two checkpoints of one replica
 * @param tls whether connections are protected; without, nobody is who he says: for experiments
 * @param clientAuthority whose clients are let in; empty if the cluster is open to everybody
 * @param members ascending by id
 * @param restored how often the group was given the state of a backup, and where; each is a
 *     generation with a name of its own in what is signed
 */
public record ClusterConfig(
    String name,
    String id,
    View.Mode mode,
    int faults,
    int window,
    View.Limits limits,
    long checkpointPeriod,
    boolean tls,
    Optional<X509Certificate> clientAuthority,
    List<Member> members,
    List<Domains.Restored> restored) {

  private static final int ID_BYTES = 16;
  private static final int MAX_WINDOW = 1024;
  private static final int MAX_BATCH_REQUESTS = 1 << 16;
  private static final int MAX_BYTES = 1 << 30;
  private static final int MAX_OPERATION = 64 << 20;
  private static final int MAX_SESSIONS = 10_000_000;
  private static final int MAX_SESSION_WINDOW = 4096;
  private static final long MIN_CHECKPOINT_PERIOD = 10;
  private static final long MAX_CHECKPOINT_PERIOD = 1_000_000_000;
  private static final int MAX_PORT = 65_535;
  private static final long MILLISECOND = 1000L;
  private static final long YEAR = 365L * 24 * 3600 * 1_000_000;

  /** The names that clusters and clients may have. */
  static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,40}");

  private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,253}");

  /**
   * One replica, as others see it.
   *
   * @param host a name or an address at which others reach it
   * @param peerPort where it listens to the other replicas; 0, in code only, if it is not known yet
   * @param clientPort where it listens to clients; 0, in code only, if it is not known yet
   * @param weight of its vote; 1 unless votes are weighted
   * @param tlsPin {@linkplain ReplicaCredentials#tlsPin digest} of the key of its certificate
   * @param signingKey what its signatures are checked with
   */
  public record Member(
      int id,
      String host,
      int peerPort,
      int clientPort,
      int weight,
      Digest tlsPin,
      SigningPublicKey signingKey) {

    /** Refuses values that make no sense, with a sentence that says which. */
    public Member {
      String key = "replicas[" + id + "].";
      Rule.range("replicas.id", id, 0, Integer.MAX_VALUE);
      Rule.require(
          HOST.matcher(host).matches(),
          key + "host is '" + host + "' but must be a host name or an address without a port");
      Rule.range(key + "peer-port", peerPort, 0, MAX_PORT);
      Rule.range(key + "client-port", clientPort, 0, MAX_PORT);
      Rule.range(key + "weight", weight, 1, 1_000_000);
    }
  }

  /** Refuses a configuration that does not hold together, with a sentence that says why. */
  public ClusterConfig {
    members = members.stream().sorted(Comparator.comparingInt(Member::id)).toList();
    Rule.require(
        NAME.matcher(name).matches(),
        "name is '" + name + "' but must be 1 to 40 letters, digits, dots, dashes, underscores");
    Rule.require(
        ID.matcher(id).matches(),
        "id is '" + id + "' but must be the 32 hexadecimal digits that 'lockstep init' made");
    Rule.range("window", window, 1, MAX_WINDOW);
    checkLimits(limits);
    Rule.range(
        "checkpoints.period", checkpointPeriod, MIN_CHECKPOINT_PERIOD, MAX_CHECKPOINT_PERIOD);
    Rule.require(
        mode == View.Mode.BYZANTINE
            || limits.authentication() == View.RequestAuthentication.VOUCHED,
        "requests is signed but must be vouched in mode crash, where nothing is signed");
    checkMembers(mode, faults, members);
    restored = List.copyOf(restored);
    // What follows has rules of its own, on weights for one.
    new Domains(Digest.ZERO, restored);
    view(mode, faults, window, limits, members);
  }

  private static void checkLimits(View.Limits limits) {
    Rule.range("limits.batch-requests", limits.batchRequests(), 1, MAX_BATCH_REQUESTS);
    Rule.range("limits.batch-bytes", limits.batchBytes(), 1, MAX_BYTES);
    Rule.range("limits.request-bytes", limits.requestBytes(), 1, MAX_OPERATION);
    Rule.range("limits.session-window", limits.sessionWindow(), 1, MAX_SESSION_WINDOW);
    Rule.range("limits.sessions", limits.sessions(), 1, MAX_SESSIONS);
    Rule.require(
        limits.sessionsPerClient() >= 1 && limits.sessionsPerClient() <= limits.sessions(),
        "limits.sessions-per-client is "
            + limits.sessionsPerClient()
            + " but must be 1 to limits.sessions, which is "
            + limits.sessions());
    Rule.range("limits.reply-cache-bytes", limits.replyCacheBytes(), 1, MAX_BYTES);
    micros("limits.session-timeout", limits.sessionTimeoutMicros());
    micros("limits.open-bound", limits.openBoundMicros());
    micros("limits.clock-bound", limits.clockBoundMicros());
  }

  private static void micros(String key, long value) {
    Rule.require(
        value >= MILLISECOND && value <= YEAR,
        key + " is " + value + " us but must be 1 ms to 365 days");
  }

  private static void checkMembers(View.Mode mode, int faults, List<Member> members) {
    Rule.range("faults", faults, 0, members.size());
    int most = mostFaults(mode, members.size());
    Rule.require(
        faults <= most,
        "faults is "
            + faults
            + " but "
            + members.size()
            + " replicas tolerate at most "
            + most
            + " in mode "
            + mode.name().toLowerCase(Locale.ROOT)
            + " ("
            + (mode == View.Mode.BYZANTINE ? 3 : 2)
            + " faults + 1 replicas are needed)");
    Set<Integer> ids = new HashSet<>();
    Set<String> addresses = new HashSet<>();
    Set<Object> keys = new HashSet<>();
    for (Member member : members) {
      String which = "replicas[" + member.id + "]";
      Rule.require(ids.add(member.id), "replicas.id " + member.id + " is there twice");
      for (int port : new int[] {member.peerPort, member.clientPort}) {
        Rule.require(
            port == 0 || addresses.add(member.host.toLowerCase(Locale.ROOT) + " port " + port),
            which
                + " uses "
                + member.host
                + " port "
                + port
                + " but each replica needs two ports of its own");
      }
      Rule.require(keys.add(member.tlsPin), which + ".tls-pin must not be that of another replica");
      Rule.require(
          keys.add(member.signingKey), which + ".signing-key must not be that of another replica");
    }
  }

  /** The most faults that this many replicas tolerate. */
  public static int mostFaults(View.Mode mode, int replicas) {
    return Math.max(0, (replicas - 1) / (mode == View.Mode.BYZANTINE ? 3 : 2));
  }

  /**
   * Names the cluster. Covers what never changes, and only that; what is signed names the
   * {@linkplain #domains generation} too, but for endorsements of clients, which outlive all of
   * them.
   */
  public Digest clusterDigest() {
    return new Encoder(64)
        .label("LOCKSTEP-CLUSTER")
        .raw(HexFormat.of().parseHex(id))
        .u8(mode.ordinal())
        .i32(window)
        .hash();
  }

  /** Names the generations of the cluster in what is signed. */
  public Domains domains() {
    return new Domains(clusterDigest(), restored);
  }

  /** The same cluster in its next generation, which begins after this instance. */
  public ClusterConfig restoredAfter(long instance) {
    byte[] fresh = new byte[Digest.BYTES];
    new SecureRandom().nextBytes(fresh);
    return withRestored(domains().restoredAfter(instance, Digest.hash(fresh)).restored());
  }

  /** The same cluster in another of its generations. */
  public ClusterConfig withRestored(List<Domains.Restored> generations) {
    return with(members, generations);
  }

  private ClusterConfig with(List<Member> others, List<Domains.Restored> generations) {
    return new ClusterConfig(
        name,
        id,
        mode,
        faults,
        window,
        limits,
        checkpointPeriod,
        tls,
        clientAuthority,
        others,
        generations);
  }

  /**
   * Names everything that decides what is valid, and whom to believe: replicas and clients that
   * know it otherwise do not talk to each other, and a log is not continued under another one. All
   * of this file but names, addresses and ports.
   */
  public Digest configurationDigest() {
    Encoder out =
        new Encoder(512)
            .label("LOCKSTEP-CONFIGURATION")
            .digest(domains().now())
            .i32(faults)
            .i64(checkpointPeriod)
            .u8(tls ? 1 : 0)
            .u8(limits.authentication().ordinal())
            .i32(limits.batchRequests())
            .i32(limits.batchBytes())
            .i32(limits.requestBytes())
            .i32(limits.sessionWindow())
            .i32(limits.sessionsPerClient())
            .i32(limits.sessions())
            .i32(limits.replyCacheBytes())
            .i64(limits.sessionTimeoutMicros())
            .i64(limits.openBoundMicros())
            .i64(limits.clockBoundMicros())
            .u8(clientAuthority.isPresent() ? 1 : 0);
    clientAuthority.ifPresent(
        authority -> out.digest(Digest.hash(authority.getPublicKey().getEncoded())));
    out.i32(members.size());
    for (Member member : members) {
      out.i32(member.id).i32(member.weight).digest(member.tlsPin).bytes(member.signingKey.raw());
    }
    return out.hash();
  }

  /** The first view. */
  public View view() {
    return view(mode, faults, window, limits, members);
  }

  private static View view(
      View.Mode mode, int faults, int window, View.Limits limits, List<Member> members) {
    return new View(
        0,
        1,
        mode,
        window,
        members.stream().map(member -> new View.Member(member.id, member.weight)).toList(),
        faults,
        members.stream().map(Member::id).toList(),
        0,
        limits);
  }

  /**
   * The member with this id.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Member member(int replica) {
    return members.stream()
        .filter(member -> member.id == replica)
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("cluster " + name + " has no replica " + replica));
  }

  /** Whether anybody may be a client. */
  public boolean isOpen() {
    return clientAuthority.isEmpty();
  }

  /** The same cluster with one replica at other ports. */
  public ClusterConfig withPorts(int replica, int peerPort, int clientPort) {
    Member old = member(replica);
    Member moved =
        new Member(old.id, old.host, peerPort, clientPort, old.weight, old.tlsPin, old.signingKey);
    return with(
        members.stream().map(member -> member.id == replica ? moved : member).toList(), restored);
  }

  /** Checks this cluster's signatures; a new one each time, to be shared by all who check. */
  public ClusterVerifier verifier() {
    return new ClusterVerifier(clusterDigest(), byId(Member::signingKey), clientAuthority);
  }

  /** Knows this cluster's replicas and clients; a new one each time. */
  public ClusterTrust trust() {
    return new ClusterTrust(byId(Member::tlsPin), clientAuthority);
  }

  private <T> Map<Integer, T> byId(Function<Member, T> property) {
    return members.stream().collect(Collectors.toMap(Member::id, property));
  }

  /** Begins a configuration with the defaults. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /**
   * Puts a new cluster together. Unless told otherwise it is Byzantine, tolerates as many faults as
   * its members allow, has a window of 8, vouched requests, and a checkpoint every 10,000
   * instances. Not thread-safe.
   */
  public static final class Builder {
    private static final int DEFAULT_WINDOW = 8;
    private static final long DEFAULT_CHECKPOINT_PERIOD = 10_000;
    private static final int PORTS_PER_REPLICA = 10;

    private final String name;
    private final List<Member> members = new ArrayList<>();
    private View.Mode mode = View.Mode.BYZANTINE;
    private Integer faults;
    private int window = DEFAULT_WINDOW;
    private View.Limits limits = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    private long checkpointPeriod = DEFAULT_CHECKPOINT_PERIOD;
    private boolean tls = true;
    private X509Certificate authority;

    private Builder(String name) {
      this.name = name;
    }

    /** Byzantine, or crash. */
    public Builder mode(View.Mode mode) {
      this.mode = mode;
      return this;
    }

    /** How many replicas may be faulty at the same time. */
    public Builder faults(int faults) {
      this.faults = faults;
      return this;
    }

    /** How many instances may be open at a time. */
    public Builder window(int window) {
      this.window = window;
      return this;
    }

    /** Sets the cluster-wide limits, and how requests are authenticated. */
    public Builder limits(View.Limits limits) {
      this.limits = limits;
      return this;
    }

    /**
     * How many instances are decided between two checkpoints of one replica; the replicas take
     * theirs in turn. A replica that is behind by more may need the state of others.
     */
    public Builder checkpointPeriod(long instances) {
      checkpointPeriod = instances;
      return this;
    }

    /** Whether connections are protected. */
    public Builder tls(boolean tls) {
      this.tls = tls;
      return this;
    }

    /** Lets in this authority's clients only. */
    public Builder clientAuthority(X509Certificate certificate) {
      authority = certificate;
      return this;
    }

    /** Adds the replica with the next id, with a weight of 1. */
    public Builder replica(
        ReplicaCredentials credentials, String host, int peerPort, int clientPort) {
      members.add(
          new Member(
              members.size(),
              host,
              peerPort,
              clientPort,
              1,
              credentials.tlsPin(),
              credentials.signingPublicKey()));
      return this;
    }

    /** Adds all replicas of these keys on the loopback interface, at ports that follow later. */
    public Builder local(ClusterKeys keys) {
      keys.replicas().forEach(credentials -> replica(credentials, "127.0.0.1", 0, 0));
      return clientAuthority(keys.authority().certificate());
    }

    /**
     * Adds all replicas of these keys, one at each of as many hosts. The first replica of a host
     * gets the ports {@code basePort} (peers), the one after it (clients) and the one after that
     * (admin, see {@link ReplicaSettings#defaults}); further ones on the same host, ten more each.
     */
    public Builder hosts(ClusterKeys keys, List<String> hosts, int basePort) {
      Rule.require(
          hosts.size() == keys.replicas().size(),
          "there are " + hosts.size() + " hosts for " + keys.replicas().size() + " replicas");
      Map<String, Integer> nextPort = new HashMap<>();
      for (int i = 0; i < hosts.size(); i++) {
        int port = nextPort.getOrDefault(hosts.get(i), basePort);
        replica(keys.replicas().get(i), hosts.get(i), port, port + 1);
        nextPort.put(hosts.get(i), port + PORTS_PER_REPLICA);
      }
      return clientAuthority(keys.authority().certificate());
    }

    /** Lets in everybody. */
    public Builder open() {
      authority = null;
      return this;
    }

    /**
     * Makes the configuration, with a new random id.
     *
     * @throws IllegalArgumentException with a sentence that says what does not hold together
     */
    public ClusterConfig build() {
      byte[] id = new byte[ID_BYTES];
      new SecureRandom().nextBytes(id);
      return new ClusterConfig(
          name,
          HexFormat.of().formatHex(id),
          mode,
          faults == null ? mostFaults(mode, members.size()) : faults,
          window,
          limits,
          checkpointPeriod,
          tls,
          Optional.ofNullable(authority),
          members,
          List.of());
    }
  }
}
