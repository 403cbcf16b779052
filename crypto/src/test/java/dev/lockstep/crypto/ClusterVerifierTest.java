package dev.lockstep.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.CodecLimits;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.ClientId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClusterVerifierTest {
  private static final Digest CLUSTER = new Digest(1, 2, 3, 4);
  private static final Digest OTHER_CLUSTER = new Digest(1, 2, 3, 5);
  private static final byte[] STATEMENT = {2, 7, 1, 8};
  private static final int ENDORSEMENT = 1 + 64;

  private final ReplicaCredentials zero = ReplicaCredentials.generate("replica-0");
  private final ReplicaCredentials one = ReplicaCredentials.generate("replica-1");
  private final ClientAuthority authority = ClientAuthority.generate("authority");
  private final ClientCredentials alice = authority.issue(CLUSTER, "alice");
  private final ClientCredentials bob = authority.issue(CLUSTER, "bob");

  private ClusterVerifier verifier() {
    return new ClusterVerifier(
        CLUSTER,
        Map.of(0, zero.signingPublicKey(), 1, one.signingPublicKey()),
        Optional.of(authority.certificate()));
  }

  private static Bytes signedBy(ClientCredentials client) {
    return new ClientSigner(client).sign(STATEMENT);
  }

  @Test
  void replicasSignForThemselvesOnly() {
    Bytes signature = new ReplicaSigner(one).sign(STATEMENT);
    assertThat(verifier().replica(1, STATEMENT, signature)).isTrue();
    assertThat(verifier().replica(0, STATEMENT, signature)).isFalse();
    assertThat(verifier().replica(2, STATEMENT, signature)).isFalse();
    assertThat(verifier().replica(1, new byte[4], signature)).isFalse();
    assertThat(new ReplicaSigner(one).sign(STATEMENT)).isEqualTo(signature);
  }

  @Test
  void manyThreadsSignAndCheckWithOneSignerAndVerifier() throws Exception {
    ReplicaSigner signer = new ReplicaSigner(one);
    ClientSigner client = new ClientSigner(alice);
    ClusterVerifier verifier = verifier();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Boolean>> checks = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        byte[] statement = {(byte) i, (byte) (i >> 8)};
        checks.add(
            threads.submit(
                () ->
                    verifier.replica(1, statement, signer.sign(statement))
                        && verifier.client(alice.id(), statement, client.sign(statement))));
      }
      for (Future<Boolean> check : checks) {
        assertThat(check.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aClientNeedNotHaveBeenMet() {
    Bytes signature = signedBy(alice);
    assertThat(signature.length()).isLessThanOrEqualTo(CodecLimits.DEFAULTS.signatureBytes());
    ClusterVerifier verifier = verifier();
    for (int again = 0; again < 3; again++) {
      assertThat(verifier.client(alice.id(), STATEMENT, signature)).isTrue();
      assertThat(verifier.client(alice.id(), new byte[4], signature)).isFalse();
      assertThat(verifier.client(bob.id(), STATEMENT, signature)).isFalse();
      assertThat(verifier.client(new ClientId(5, 5), STATEMENT, signature)).isFalse();
      assertThat(verifier.replica(1, STATEMENT, signature)).isFalse();
    }
    assertThat(verifier.knownClients()).isEqualTo(1);
  }

  @Test
  void anEndorsementIsForOneClusterAndOneKeyByTheOneAuthority() {
    ClientCredentials elsewhere = authority.issue(OTHER_CLUSTER, "alice");
    ClientCredentials impostor = ClientAuthority.generate("authority").issue(CLUSTER, "alice");
    ClientCredentials borrowed =
        new ClientCredentials(elsewhere.key(), elsewhere.certificate(), alice.endorsement());
    ClientCredentials alone = ClientCredentials.selfSigned("alice");
    ClusterVerifier verifier = verifier();
    assertThat(verifier.client(alice.id(), STATEMENT, signedBy(alice))).isTrue();
    for (ClientCredentials bad : List.of(elsewhere, impostor, borrowed, alone)) {
      assertThat(verifier.client(bad.id(), STATEMENT, signedBy(bad))).isFalse();
    }
    assertThat(verifier.knownClients()).isEqualTo(1);
  }

  /** Else a replica that knows the client would say yes where one that does not says no. */
  @Test
  void theVerdictDoesNotDependOnWhoIsKnown() {
    ClusterVerifier knows = verifier();
    assertThat(knows.client(alice.id(), STATEMENT, signedBy(alice))).isTrue();
    byte[] damaged = signedBy(alice).array();
    damaged[ENDORSEMENT + 10] ^= 1;
    assertThat(knows.client(alice.id(), STATEMENT, new Bytes(damaged))).isFalse();
    assertThat(verifier().client(alice.id(), STATEMENT, new Bytes(damaged))).isFalse();
    assertThat(knows.client(alice.id(), STATEMENT, signedBy(alice))).isTrue();
  }

  @Test
  void anOpenClusterTakesAnyKeyButNotAnyIdentity() {
    ClusterVerifier open =
        new ClusterVerifier(CLUSTER, Map.of(0, zero.signingPublicKey()), Optional.empty());
    ClientCredentials carol = ClientCredentials.selfSigned("carol");
    assertThat(open.client(carol.id(), STATEMENT, signedBy(carol))).isTrue();
    assertThat(open.client(alice.id(), STATEMENT, signedBy(carol))).isFalse();
    // A cluster has one form of signatures.
    assertThat(open.client(alice.id(), STATEMENT, signedBy(alice))).isFalse();
  }

  @Test
  void remembersABoundedNumberOfClients() {
    ClusterVerifier open =
        new ClusterVerifier(CLUSTER, Map.of(), Optional.empty(), SignatureProvider.best(), 3);
    List<ClientCredentials> many =
        Stream.generate(() -> ClientCredentials.selfSigned("many")).limit(7).toList();
    for (ClientCredentials client : many) {
      assertThat(open.client(client.id(), STATEMENT, signedBy(client))).isTrue();
      assertThat(open.knownClients()).isLessThanOrEqualTo(3);
    }
    assertThat(open.knownClients()).isEqualTo(3);
    for (ClientCredentials client : many) {
      assertThat(open.client(client.id(), STATEMENT, signedBy(client))).isTrue();
    }
  }

  @Test
  void checkingNeverThrows() {
    ClusterVerifier verifier = verifier();
    byte[] good = signedBy(alice).array();
    Random random = new Random(0);
    for (int length = 0; length < 600; length++) {
      byte[] noise = new byte[length];
      random.nextBytes(noise);
      if (length > 0 && random.nextBoolean()) {
        noise[0] = (byte) (1 + random.nextInt(2));
      }
      assertThat(verifier.client(alice.id(), STATEMENT, new Bytes(noise))).isFalse();
      assertThat(verifier.replica(0, STATEMENT, new Bytes(noise))).isFalse();
      if (length != good.length) {
        Bytes cut = new Bytes(Arrays.copyOf(good, length));
        assertThat(verifier.client(alice.id(), STATEMENT, cut)).isFalse();
      }
    }
    for (int i = 0; i < good.length; i++) {
      byte[] changed = good.clone();
      changed[i] ^= (byte) (1 << random.nextInt(8));
      assertThat(verifier.client(alice.id(), STATEMENT, new Bytes(changed)))
          .as("byte " + i)
          .isFalse();
    }
  }
}
