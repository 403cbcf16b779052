package dev.lockstep.config;

import static dev.lockstep.config.Yaml.line;
import static dev.lockstep.config.Yaml.quoted;

import dev.lockstep.config.ClusterConfig.Member;
import dev.lockstep.crypto.Pem;
import dev.lockstep.crypto.SigningPublicKey;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.bytes.Encoder;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.View;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A {@link ClusterConfig} as YAML. All keys must be there: a default could differ by version. */
final class ClusterFile {
  private static final Map<String, View.Mode> MODES =
      new TreeMap<>(Map.of("byzantine", View.Mode.BYZANTINE, "crash", View.Mode.CRASH));

  private static final Map<String, View.RequestAuthentication> AUTHENTICATION =
      new TreeMap<>(
          Map.of(
              "vouched",
              View.RequestAuthentication.VOUCHED,
              "signed",
              View.RequestAuthentication.SIGNED));

  private static final String CERTIFIED = "certified";
  private static final Map<String, Boolean> ACCESS =
      new TreeMap<>(Map.of(CERTIFIED, true, "open", false));

  private ClusterFile() {}

  static ClusterConfig read(Path file) throws IOException {
    Section top = Section.read(file);
    String name = top.string("name");
    String id = top.string("id");
    View.Mode mode = top.oneOf("mode", MODES);
    int faults = top.integer("faults");
    int window = top.integer("window");
    View.RequestAuthentication authentication = top.oneOf("requests", AUTHENTICATION);
    boolean tls = top.flag("tls");
    Optional<X509Certificate> authority = authority(top.section("clients"));
    List<Member> members = new ArrayList<>();
    for (Section replica : top.sections("replicas")) {
      members.add(member(replica));
    }
    View.Limits limits = limits(top.section("limits"), authentication);
    Section checkpoints = top.section("checkpoints");
    long period = checkpoints.integer("period");
    checkpoints.end();
    List<Domains.Restored> restored = new ArrayList<>();
    if (top.has("restored")) {
      for (Section each : top.sections("restored")) {
        restored.add(restored(each));
      }
    }
    top.end();
    return top.checked(
        () ->
            new ClusterConfig(
                name, id, mode, faults, window, limits, period, tls, authority, members, restored));
  }

  private static Domains.Restored restored(Section each) throws IOException {
    long after = each.number("after");
    Digest id = each.parsed("id", ClusterFile::digest);
    each.end();
    return each.checked(() -> new Domains.Restored(after, id));
  }

  private static Optional<X509Certificate> authority(Section clients) throws IOException {
    Optional<X509Certificate> authority = Optional.empty();
    if (clients.oneOf("access", ACCESS)) {
      authority = Optional.of(clients.parsed("authority", Pem::certificate));
    }
    clients.end();
    return authority;
  }

  private static Member member(Section replica) throws IOException {
    int id = replica.integer("id");
    String host = replica.string("host");
    int peerPort = replica.port("peer-port");
    int clientPort = replica.port("client-port");
    int weight = replica.integer("weight");
    Digest pin = replica.parsed("tls-pin", ClusterFile::digest);
    SigningPublicKey key = replica.parsed("signing-key", SigningPublicKey::parse);
    replica.end();
    return replica.checked(() -> new Member(id, host, peerPort, clientPort, weight, pin, key));
  }

  private static Digest digest(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    if (bytes.length != Digest.BYTES) {
      throw new IllegalArgumentException("a pin is 64 hexadecimal digits");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Digest(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }

  private static View.Limits limits(Section limits, View.RequestAuthentication authentication)
      throws IOException {
    View.Limits read =
        new View.Limits(
            limits.integer("batch-requests"),
            limits.size("batch-bytes"),
            limits.size("request-bytes"),
            limits.integer("session-window"),
            limits.integer("sessions-per-client"),
            limits.integer("sessions"),
            limits.size("reply-cache-bytes"),
            limits.quantity("session-timeout", Units.DURATION),
            limits.quantity("open-bound", Units.DURATION),
            limits.quantity("clock-bound", Units.DURATION),
            authentication);
    limits.end();
    return read;
  }

  static String write(ClusterConfig cluster) {
    View.Limits limits = cluster.limits();
    return """
        # A Lockstep cluster. Public; every replica and every client must have this same file.

        %s
        %s
        %s
        %s
        %s
        %s
        %s

        clients:
        %s
        replicas:
        %s
        limits:
        %s
        %s
        %s
        %s
        %s
        %s
        %s
        %s
        %s
        %s
        checkpoints:
        %s
        %s"""
        .formatted(
            line("name", quoted(cluster.name()), ""),
            line("id", quoted(cluster.id()), "random; never change it"),
            line(
                "mode",
                key(MODES, cluster.mode()),
                "what faulty replicas may do: byzantine (anything), crash (only stop); never change"
                    + " it"),
            line("faults", cluster.faults(), "replicas that may be faulty at the same time"),
            line("window", cluster.window(), "instances open at a time; never change it"),
            line(
                "requests",
                key(AUTHENTICATION, limits.authentication()),
                "passed-on requests count when signed by their clients, or vouched for by faults + 1"
                    + " replicas"),
            line(
                "tls",
                cluster.tls(),
                "false: nobody is who he says, anybody can listen; for experiments"),
            clients(cluster),
            replicas(cluster),
            line("  batch-requests", limits.batchRequests(), "most requests in a batch"),
            line(
                "  batch-bytes",
                Units.SIZE.format(limits.batchBytes()),
                "most bytes of operations in a batch"),
            line(
                "  request-bytes",
                Units.SIZE.format(limits.requestBytes()),
                "most bytes of one operation"),
            line(
                "  session-window",
                limits.sessionWindow(),
                "requests that a session may have outstanding"),
            line(
                "  sessions-per-client", limits.sessionsPerClient(), "live sessions of one client"),
            line("  sessions", limits.sessions(), "live sessions in total"),
            line(
                "  reply-cache-bytes",
                Units.SIZE.format(limits.replyCacheBytes()),
                "replies kept for clients that ask again"),
            line(
                "  session-timeout",
                Units.DURATION.format(limits.sessionTimeoutMicros()),
                "a session that is silent for this long expires"),
            line(
                "  open-bound",
                Units.DURATION.format(limits.openBoundMicros()),
                "how far ahead the deadline for opening a session may lie"),
            line(
                "  clock-bound",
                Units.DURATION.format(limits.clockBoundMicros()),
                "clocks of correct replicas agree within this"),
            line(
                "  period",
                cluster.checkpointPeriod(),
                "instances between two checkpoints of one replica; what is older is dropped from the"
                    + " logs"),
            restored(cluster.restored()));
  }

  /** Nothing for a group that never was. */
  private static String restored(List<Domains.Restored> all) {
    if (all.isEmpty()) {
      return "";
    }
    StringBuilder out =
        new StringBuilder(
            "\n# By 'lockstep restore': nothing counts that was signed later before.\n");
    out.append("restored:\n");
    for (Domains.Restored each : all) {
      out.append("  - after: %d%n    id: \"%s\"%n".formatted(each.after(), hex(each.id())));
    }
    return out.toString();
  }

  private static String clients(ClusterConfig cluster) {
    return cluster
        .clientAuthority()
        .map(
            certificate ->
                "  access: certified           # by this authority; open: anybody, for experiments\n"
                    + "  authority: |\n"
                    + Pem.text(certificate).indent(4))
        .orElse("  access: open                # ANYBODY may be a client; for experiments\n");
  }

  private static String replicas(ClusterConfig cluster) {
    StringBuilder out = new StringBuilder();
    for (Member member : cluster.members()) {
      out.append(
          """
            - id: %d
              host: %s
              peer-port: %d
              client-port: %d
              weight: %d
              tls-pin: "%s"
              signing-key: "%s"
          """
              .formatted(
                  member.id(),
                  quoted(member.host()),
                  member.peerPort(),
                  member.clientPort(),
                  member.weight(),
                  hex(member.tlsPin()),
                  member.signingKey()));
    }
    return out.toString();
  }

  private static String hex(Digest digest) {
    return HexFormat.of().formatHex(new Encoder(Digest.BYTES).digest(digest).toByteArray());
  }

  private static <T extends Enum<T>> String key(Map<String, T> names, T value) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue() == value)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(value.name().toLowerCase(Locale.ROOT)));
  }
}
