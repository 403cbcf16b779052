package dev.lockstep.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Claim;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message.SignedTestimony;
import dev.lockstep.protocol.message.RandomValues;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.message.Testimony;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Statements under real signatures, Ed25519 of the JDK; everything else runs with a keyed hash in
 * their place (RULES 39). A signature of one statement must be worth nothing for any other.
 */
class RealCryptoTest {
  private static final int REPLICAS = 4;
  private static final ClientId ALICE = new ClientId(1, 2);
  private static final ClientId BOB = new ClientId(1, 3);
  private static final RealCrypto CRYPTO = new RealCrypto(REPLICAS, List.of(ALICE, BOB));

  private static final Digest CLUSTER = new Digest(1, 2, 3, 4);
  private static final Digest OTHER_CLUSTER = new Digest(1, 2, 3, 5);
  private static final Digest VALUE = new Digest(10, 11, 12, 13);
  private static final Digest OTHER_VALUE = new Digest(10, 11, 12, 14);

  // ---- what the protocol needs of a scheme --------------------------------------------------

  @TestFactory
  Stream<DynamicTest> validForTheStatementAndItsSignerOnly() {
    return statements().entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(),
                    () -> {
                      byte[] statement = entry.getValue();
                      Bytes byReplica = CRYPTO.replicaSigner(1).sign(statement);
                      for (int replica = -1; replica <= REPLICAS; replica++) {
                        assertThat(CRYPTO.replica(replica, statement, byReplica))
                            .as("signed by 1, checked for %s", replica)
                            .isEqualTo(replica == 1);
                      }
                      assertThat(CRYPTO.client(ALICE, statement, byReplica)).isFalse();
                      Bytes byAlice = CRYPTO.clientSigner(ALICE).sign(statement);
                      assertThat(CRYPTO.client(ALICE, statement, byAlice)).isTrue();
                      assertThat(CRYPTO.client(BOB, statement, byAlice)).isFalse();
                      assertThat(CRYPTO.client(new ClientId(9, 9), statement, byAlice)).isFalse();
                      assertThat(CRYPTO.replica(1, statement, byAlice)).isFalse();
                    }));
  }

  /** All pairs: another kind, instance, regency, view, value, sender, cluster, list. */
  @TestFactory
  Stream<DynamicTest> validForNoOtherStatement() {
    Map<String, byte[]> statements = statements();
    return statements.entrySet().stream()
        .map(
            signed ->
                DynamicTest.dynamicTest(
                    signed.getKey(),
                    () -> {
                      Bytes signature = CRYPTO.replicaSigner(1).sign(signed.getValue());
                      statements.forEach(
                          (name, statement) ->
                              assertThat(CRYPTO.replica(1, statement, signature))
                                  .as("signature of %s, checked for %s", signed.getKey(), name)
                                  .isEqualTo(name.equals(signed.getKey())));
                    }));
  }

  /** What keeps kinds apart whatever their fields are; the pairs above happen to differ anyway. */
  @Test
  void eachKindHasALabelOfItsOwn() {
    Map<String, Set<String>> labels = new HashMap<>();
    statements()
        .forEach(
            (name, statement) ->
                labels
                    .computeIfAbsent(name.replaceAll(",.*", ""), kind -> new HashSet<>())
                    .add(new String(statement, 1, statement[0], StandardCharsets.US_ASCII)));
    assertThat(labels.values()).allSatisfy(ofKind -> assertThat(ofKind).hasSize(1));
    assertThat(new HashSet<>(labels.values())).hasSize(5).hasSameSizeAs(labels.keySet());
    assertThat(labels.values()).allSatisfy(of -> assertThat(of).allMatch(RealCryptoTest::isOurs));
  }

  private static boolean isOurs(String label) {
    return label.startsWith("LOCKSTEP-");
  }

  @Test
  void signingIsAPureFunction() {
    byte[] statement = statements().get("accept");
    assertThat(CRYPTO.replicaSigner(1).sign(statement))
        .isEqualTo(CRYPTO.replicaSigner(1).sign(statement));
  }

  @Test
  void everyBitOfASignatureCounts() {
    byte[] statement = statements().get("accept");
    byte[] signature = CRYPTO.replicaSigner(1).sign(statement).array();
    for (int bit = 0; bit < 8 * signature.length; bit++) {
      byte[] changed = signature.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(CRYPTO.replica(1, statement, new Bytes(changed))).as("bit %s", bit).isFalse();
    }
  }

  /** A second valid signature could be made from a first one if S were not reduced (RFC 8032). */
  @Test
  void signaturesAreNotMalleable() {
    byte[] statement = statements().get("accept");
    byte[] signature = CRYPTO.replicaSigner(1).sign(statement).array();
    BigInteger order =
        BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    BigInteger s = new BigInteger(1, reversed(Arrays.copyOfRange(signature, 32, 64)));
    byte[] sum = s.add(order).toByteArray();
    byte[] other = Arrays.copyOf(signature, 64);
    Arrays.fill(other, 32, 64, (byte) 0);
    for (int i = 0; i < sum.length; i++) {
      other[32 + i] = sum[sum.length - 1 - i];
    }
    assertThat(CRYPTO.replica(1, statement, new Bytes(other))).isFalse();
  }

  @Test
  void checkingNeverThrows() {
    byte[] statement = statements().get("accept");
    byte[] good = CRYPTO.replicaSigner(1).sign(statement).array();
    for (int length = 0; length < 130; length++) {
      if (length != good.length) {
        assertThat(CRYPTO.replica(1, statement, new Bytes(Arrays.copyOf(good, length)))).isFalse();
      }
      byte[] ones = new byte[length];
      Arrays.fill(ones, (byte) 0xff);
      assertThat(CRYPTO.replica(1, statement, new Bytes(ones))).isFalse();
      assertThat(CRYPTO.replica(1, statement, new Bytes(new byte[length]))).isFalse();
    }
    RandomValues random = new RandomValues(0);
    for (int i = 0; i < 500; i++) {
      assertThat(CRYPTO.replica(1, statement, random.bytes())).isFalse();
      assertThat(CRYPTO.replica(random.i32(), statement, random.bytes())).isFalse();
    }
  }

  // ---- statements ---------------------------------------------------------------------------

  /** Each kind once, and once more for each thing that can be different. */
  private static Map<String, byte[]> statements() {
    Map<String, byte[]> all = new LinkedHashMap<>();
    all.put("accept", Statements.accept(CLUSTER, 0, 7, 3, VALUE, 1));
    all.put("accept, other cluster", Statements.accept(OTHER_CLUSTER, 0, 7, 3, VALUE, 1));
    all.put("accept, other view", Statements.accept(CLUSTER, 1, 7, 3, VALUE, 1));
    all.put("accept, other instance", Statements.accept(CLUSTER, 0, 8, 3, VALUE, 1));
    all.put("accept, other regency", Statements.accept(CLUSTER, 0, 7, 4, VALUE, 1));
    all.put("accept, regency for instance", Statements.accept(CLUSTER, 0, 3, 7, VALUE, 1));
    all.put("accept, other value", Statements.accept(CLUSTER, 0, 7, 3, OTHER_VALUE, 1));
    all.put("accept, other sender", Statements.accept(CLUSTER, 0, 7, 3, VALUE, 2));

    Testimony core = core(3, 1, 0, 6, prefix(VALUE), open(null, lock(2, VALUE), written(2, VALUE)));
    all.put("stopdata", Statements.stopData(CLUSTER, core));
    all.put("stopdata, other cluster", Statements.stopData(OTHER_CLUSTER, core));
    Map<String, Testimony> cores = new LinkedHashMap<>();
    cores.put("regency", core(4, 1, 0, 6, core.prefix(), core.open()));
    cores.put("sender", core(3, 2, 0, 6, core.prefix(), core.open()));
    cores.put("incarnation", core(3, 1, 1, 6, core.prefix(), core.open()));
    cores.put("last delivered", core(3, 1, 0, 7, core.prefix(), core.open()));
    cores.put("prefix", core(3, 1, 0, 6, prefix(OTHER_VALUE), core.open()));
    cores.put("no prefix", core(3, 1, 0, 6, List.of(), core.open()));
    cores.put("nothing open", core(3, 1, 0, 6, core.prefix(), List.of()));
    cores.put(
        "decided above",
        core(3, 1, 0, 6, core.prefix(), open(VALUE, lock(2, VALUE), written(2, VALUE))));
    cores.put(
        "lock", core(3, 1, 0, 6, core.prefix(), open(null, lock(1, VALUE), written(2, VALUE))));
    cores.put(
        "no lock",
        core(3, 1, 0, 6, core.prefix(), open(null, Testimony.Lock.NONE, written(2, VALUE))));
    cores.put(
        "write set",
        core(3, 1, 0, 6, core.prefix(), open(null, lock(2, VALUE), written(2, OTHER_VALUE))));
    cores.put("empty write set", core(3, 1, 0, 6, core.prefix(), open(null, lock(2, VALUE))));
    Claim claim = new Claim(2, 1, new Bytes(new byte[] {7}));
    cores.put("acknowledged", acknowledging(core, claim));
    cores.put("other claimant", acknowledging(core, new Claim(3, 1, claim.signature())));
    cores.put("other claim", acknowledging(core, new Claim(2, 2, claim.signature())));
    cores.put("other signature of a claim", acknowledging(core, new Claim(2, 1, Bytes.EMPTY)));
    cores.forEach(
        (what, other) -> all.put("stopdata, " + what, Statements.stopData(CLUSTER, other)));

    SignedTestimony one = new SignedTestimony(core, new Bytes(new byte[] {1, 2}));
    SignedTestimony two = new SignedTestimony(cores.get("sender"), new Bytes(new byte[] {3, 4, 5}));
    List<SignedTestimony> entries = List.of(one, two);
    all.put("sync", Statements.sync(CLUSTER, 3, 1, entries));
    all.put("sync, other cluster", Statements.sync(OTHER_CLUSTER, 3, 1, entries));
    all.put("sync, other regency", Statements.sync(CLUSTER, 4, 1, entries));
    all.put("sync, other leader", Statements.sync(CLUSTER, 3, 2, entries));
    all.put("sync, other order", Statements.sync(CLUSTER, 3, 1, List.of(two, one)));
    all.put("sync, one entry", Statements.sync(CLUSTER, 3, 1, List.of(one)));
    all.put("sync, no entry", Statements.sync(CLUSTER, 3, 1, List.of()));
    all.put(
        "sync, other signature of an entry",
        Statements.sync(CLUSTER, 3, 1, List.of(one, new SignedTestimony(two.core(), Bytes.EMPTY))));

    all.put("incarnation", Statements.incarnation(CLUSTER, 1, 3));
    all.put("incarnation, other cluster", Statements.incarnation(OTHER_CLUSTER, 1, 3));
    all.put("incarnation, other sender", Statements.incarnation(CLUSTER, 2, 3));
    all.put("incarnation, other number", Statements.incarnation(CLUSTER, 1, 4));

    all.put("request", Statements.request(CLUSTER, VALUE));
    all.put("request, other cluster", Statements.request(OTHER_CLUSTER, VALUE));
    all.put("request, other request", Statements.request(CLUSTER, OTHER_VALUE));
    return all;
  }

  private static Testimony core(
      long regency,
      int replica,
      long incarnation,
      long lastDelivered,
      List<Testimony.Decided> prefix,
      List<Testimony.Open> open) {
    return new Testimony(regency, replica, incarnation, lastDelivered, prefix, open);
  }

  private static Testimony acknowledging(Testimony core, Claim claim) {
    return new Testimony(
        core.regency(),
        core.replica(),
        core.incarnation(),
        core.lastDelivered(),
        core.prefix(),
        core.open(),
        List.of(claim));
  }

  private static List<Testimony.Decided> prefix(Digest digest) {
    return List.of(new Testimony.Decided(6, digest));
  }

  private static List<Testimony.Open> open(
      Digest decided, Testimony.Lock lock, Testimony.Written... writeSet) {
    return List.of(new Testimony.Open(7, decided, lock, List.of(writeSet)));
  }

  private static Testimony.Lock lock(long regency, Digest digest) {
    return new Testimony.Lock(regency, digest);
  }

  private static Testimony.Written written(long regency, Digest digest) {
    return new Testimony.Written(regency, digest);
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }

  // ---- the scheme ---------------------------------------------------------------------------

  /** Keys of a group and its clients. */
  private static final class RealCrypto implements Verifier {
    private static final int SIGNATURE_BYTES = 64;

    private final List<KeyPair> replicas = new ArrayList<>();
    private final Map<ClientId, KeyPair> clients = new HashMap<>();

    RealCrypto(int replicaCount, List<ClientId> clientIds) {
      for (int i = 0; i < replicaCount; i++) {
        replicas.add(newKey());
      }
      clientIds.forEach(client -> clients.put(client, newKey()));
    }

    private static KeyPair newKey() {
      try {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    Signer replicaSigner(int replica) {
      return statement -> sign(replicas.get(replica).getPrivate(), statement);
    }

    Signer clientSigner(ClientId client) {
      return statement -> sign(clients.get(client).getPrivate(), statement);
    }

    private static Bytes sign(PrivateKey key, byte[] statement) {
      try {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(key);
        signature.update(statement);
        return new Bytes(signature.sign());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public boolean replica(int replica, byte[] statement, Bytes signature) {
      return replica >= 0
          && replica < replicas.size()
          && verify(replicas.get(replica).getPublic(), statement, signature);
    }

    @Override
    public boolean client(ClientId client, byte[] statement, Bytes signature) {
      KeyPair key = clients.get(client);
      return key != null && verify(key.getPublic(), statement, signature);
    }

    /**
     * The JDK throws for most signatures of a wrong form, which are wrong signatures too, but it
     * takes one with a byte behind its 64 for valid: that must be caught here.
     */
    private static boolean verify(PublicKey key, byte[] statement, Bytes signature) {
      if (signature.length() != SIGNATURE_BYTES) {
        return false;
      }
      try {
        Signature check = Signature.getInstance("Ed25519");
        check.initVerify(key);
        check.update(statement);
        return check.verify(signature.array());
      } catch (GeneralSecurityException e) {
        return false;
      }
    }
  }
}
