package dev.lockstep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.crypto.ClientCredentials;
import dev.lockstep.crypto.ClientSigner;
import dev.lockstep.crypto.ReplicaSigner;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.view.Domains;
import dev.lockstep.protocol.view.View;
import java.lang.reflect.RecordComponent;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
  private static final ClusterKeys KEYS = ClusterKeys.generate(4);

  private static ClusterConfig.Builder builder() {
    return ClusterConfig.builder("test").local(KEYS);
  }

  @Test
  void aClusterIsMadeInCodeWithoutFiles() {
    ClusterConfig cluster = builder().build();
    View view = cluster.view();
    assertThat(view.size()).isEqualTo(4);
    assertThat(view.faults()).isEqualTo(1);
    assertThat(view.window()).isEqualTo(8);
    assertThat(view.leaderOrder()).containsExactly(0, 1, 2, 3);

    byte[] statement = {1, 2};
    assertThat(
            cluster
                .verifier()
                .replica(2, statement, new ReplicaSigner(KEYS.replicas().get(2)).sign(statement)))
        .isTrue();
    ClientCredentials client = KEYS.authority().issue(cluster.clusterDigest(), "alice");
    assertThat(
            cluster
                .verifier()
                .client(client.id(), statement, new ClientSigner(client).sign(statement)))
        .isTrue();
    assertThat(cluster.trust().isClient(new X509Certificate[] {client.certificate()})).isTrue();
    assertThat(
            cluster
                .trust()
                .replicaOf(KEYS.replicas().get(3).tlsCertificate().getPublicKey().getEncoded()))
        .isEqualTo(3);
    ReplicaSettings.embedded(3).checkAgainst(cluster);
  }

  @Test
  void portsMayFollowLater() {
    ClusterConfig cluster = builder().build().withPorts(2, 4000, 4001);
    assertThat(cluster.member(2).peerPort()).isEqualTo(4000);
    assertThat(cluster.member(2).clientPort()).isEqualTo(4001);
    assertThat(cluster.member(1).peerPort()).isZero();
    assertThatThrownBy(() -> cluster.withPorts(3, 5000, 4001))
        .hasMessage(
            "replicas[3] uses 127.0.0.1 port 4001 but each replica needs two ports of its own");
  }

  @Test
  void theDigestCoversWhatNeverChangesOnly() {
    ClusterConfig cluster = builder().build();
    assertThat(cluster.withPorts(0, 1, 2).clusterDigest()).isEqualTo(cluster.clusterDigest());
    assertThat(builder().build().clusterDigest()).isNotEqualTo(cluster.clusterDigest());
    assertThat(copy(cluster, View.Mode.CRASH, cluster.window()).clusterDigest())
        .isNotEqualTo(cluster.clusterDigest());
    assertThat(copy(cluster, cluster.mode(), 9).clusterDigest())
        .isNotEqualTo(cluster.clusterDigest());
  }

  /** Also what is added to these records one day: nothing may differ unnoticed. */
  @Test
  void theConfigurationIsEverythingButNamesAndAddresses() throws Exception {
    ClusterConfig cluster = builder().faults(0).build();
    ClusterConfig.Member last = cluster.member(3);
    ClusterConfig.Member other =
        ClusterConfig.builder("x").local(ClusterKeys.generate(1)).build().member(0);
    List<Object> variants = new ArrayList<>();
    variants.addAll(
        varied(last, Map.of("tlsPin", other.tlsPin(), "signingKey", other.signingKey())));
    variants.addAll(varied(cluster.limits(), Map.of()));
    Map<String, Object> replacements = new HashMap<>();
    replacements.put("name", "other");
    replacements.put("id", "f".repeat(32));
    replacements.put("limits", null);
    replacements.put("members", null);
    replacements.put("clientAuthority", Optional.empty());
    replacements.put("restored", List.of(new Domains.Restored(7, Digest.ZERO)));
    variants.addAll(varied(cluster, replacements));
    int same = 0;
    for (Object variant : variants) {
      ClusterConfig changed =
          variant instanceof ClusterConfig whole
              ? whole
              : variant instanceof View.Limits limits
                  ? with(cluster, limits, cluster.members())
                  : with(
                      cluster, cluster.limits(), replaced(cluster, (ClusterConfig.Member) variant));
      if (changed.configurationDigest().equals(cluster.configurationDigest())) {
        same++;
      }
    }
    // The name; and of a member host and two ports.
    assertThat(variants).hasSize(7 + 11 + 9);
    assertThat(same).isEqualTo(4);
  }

  private static List<ClusterConfig.Member> replaced(ClusterConfig in, ClusterConfig.Member last) {
    List<ClusterConfig.Member> members = new ArrayList<>(in.members());
    members.set(3, last);
    return members;
  }

  /** Of a record, one copy for each component, with another value of that one. */
  private static List<Object> varied(Record record, Map<String, Object> values) throws Exception {
    RecordComponent[] components = record.getClass().getRecordComponents();
    List<Object> copies = new ArrayList<>();
    for (int changed = 0; changed < components.length; changed++) {
      if (values.containsKey(components[changed].getName())
          && values.get(components[changed].getName()) == null) {
        continue; // varied on its own
      }
      Object[] arguments = new Object[components.length];
      Class<?>[] types = new Class<?>[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        arguments[i] = components[i].getAccessor().invoke(record);
      }
      arguments[changed] =
          values.getOrDefault(components[changed].getName(), another(arguments[changed]));
      copies.add(record.getClass().getDeclaredConstructor(types).newInstance(arguments));
    }
    return copies;
  }

  private static Object another(Object value) {
    if (value instanceof Integer number) {
      return number + 1;
    } else if (value instanceof Long number) {
      return number + 1;
    } else if (value instanceof Boolean flag) {
      return !flag;
    } else if (value instanceof Enum<?> constant) {
      return constant.getDeclaringClass().getEnumConstants()[1 - constant.ordinal()];
    }
    return value + "x";
  }

  private static ClusterConfig with(
      ClusterConfig c, View.Limits limits, List<ClusterConfig.Member> members) {
    return new ClusterConfig(
        c.name(),
        c.id(),
        c.mode(),
        c.faults(),
        c.window(),
        limits,
        c.checkpointPeriod(),
        c.tls(),
        c.clientAuthority(),
        members,
        c.restored());
  }

  private static ClusterConfig copy(ClusterConfig c, View.Mode mode, int window) {
    return new ClusterConfig(
        c.name(),
        c.id(),
        mode,
        c.faults(),
        window,
        c.limits(),
        c.checkpointPeriod(),
        c.tls(),
        c.clientAuthority(),
        c.members(),
        c.restored());
  }

  @Test
  void portsAreCountedPerHost() {
    ClusterConfig cluster =
        ClusterConfig.builder("test").hosts(KEYS, List.of("a", "b", "a", "a"), 7000).build();
    assertThat(cluster.members())
        .extracting(ClusterConfig.Member::peerPort)
        .containsExactly(7000, 7000, 7010, 7020);
    assertThat(cluster.members())
        .extracting(ClusterConfig.Member::clientPort)
        .containsExactly(7001, 7001, 7011, 7021);
  }

  @Test
  void refusesWhatDoesNotHoldTogether() {
    refused("faults is 2 but 4 replicas tolerate at most 1 in mode byzantine", b -> b.faults(2));
    refused("faults is -1 but must be 0 to 4", b -> b.faults(-1));
    refused("window is 0 but must be 1 to 1024", b -> b.window(0));
    refused(
        "requests is signed but must be vouched in mode crash",
        b ->
            b.mode(View.Mode.CRASH)
                .limits(View.Limits.defaults(View.RequestAuthentication.SIGNED)));
    refused("checkpoints.period is 9 but must be 10 to 1000000000", b -> b.checkpointPeriod(9));
    refused("limits.batch-requests is 65537 but must be 1 to 65536", b -> b.limits(limits(65_537)));
    refused("limits.batch-requests is 0 but", b -> b.limits(limits(0)));
    refused(
        "replicas[4].tls-pin must not be that of another replica",
        b -> b.replica(KEYS.replicas().get(0), "b", 0, 0));
    refused(
        "replicas[4].peer-port is 65536 but",
        b -> b.replica(KEYS.replicas().get(0), "b", 65_536, 0));
    refused(
        "replicas[4].host is 'http://x' but",
        b -> b.replica(KEYS.replicas().get(0), "http://x", 0, 0));
    refused("there are 2 hosts for 4 replicas", b -> b.hosts(KEYS, List.of("a", "b"), 1));
    assertThatThrownBy(() -> ClusterConfig.builder("no name").local(KEYS).build())
        .hasMessageContaining("name is 'no name' but must be");
    assertThatThrownBy(
            () ->
                ClusterConfig.builder("x")
                    .local(new ClusterKeys(Collections.emptyList(), KEYS.authority()))
                    .build())
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void refused(String sentence, UnaryOperator<ClusterConfig.Builder> change) {
    assertThatThrownBy(() -> change.apply(builder()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(sentence);
  }

  private static View.Limits limits(int batchRequests) {
    View.Limits d = View.Limits.defaults(View.RequestAuthentication.VOUCHED);
    return new View.Limits(
        batchRequests,
        d.batchBytes(),
        d.requestBytes(),
        d.sessionWindow(),
        d.sessionsPerClient(),
        d.sessions(),
        d.replyCacheBytes(),
        d.sessionTimeoutMicros(),
        d.openBoundMicros(),
        d.clockBoundMicros(),
        d.authentication());
  }
}
