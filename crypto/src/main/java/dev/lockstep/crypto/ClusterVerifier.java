package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Checks the signatures of a cluster's replicas and of its clients. Thread-safe. What it answers
 * follows from the bytes alone, never from what it has seen before.
 */
public final class ClusterVerifier implements Verifier {
  private static final int KNOWN_CLIENTS = 4096;

  private final Digest cluster;
  private final Map<Integer, PublicKey> replicas;
  private final PublicKey authority;
  private final SignatureProvider provider;
  private final Map<ClientId, KnownClient> known;

  /**
   * A client whose endorsement was checked: for these very bytes the check need not be repeated.
   */
  private record KnownClient(ClientKey key, Bytes endorsement, PublicKey publicKey) {}

  /**
   * @param cluster names the cluster in what is signed
   * @param replicas the members' keys by their ids
   * @param authority the client authority, or empty if the cluster is open to everybody
   */
  public ClusterVerifier(
      Digest cluster,
      Map<Integer, SigningPublicKey> replicas,
      Optional<X509Certificate> authority) {
    this(cluster, replicas, authority, SignatureProvider.best(), KNOWN_CLIENTS);
  }

  ClusterVerifier(
      Digest cluster,
      Map<Integer, SigningPublicKey> replicas,
      Optional<X509Certificate> authority,
      SignatureProvider provider,
      int knownClients) {
    this.cluster = cluster;
    this.replicas =
        replicas.entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    Map.Entry::getKey, entry -> entry.getValue().toPublicKey()));
    this.authority = authority.map(X509Certificate::getPublicKey).orElse(null);
    this.provider = provider;
    known = new LeastRecentlyUsed(knownClients);
  }

  @Override
  public boolean replica(int replica, byte[] statement, Bytes signature) {
    PublicKey key = replicas.get(replica);
    return key != null && provider.verifyEd25519(key, statement, signature.array());
  }

  @Override
  public boolean client(ClientId client, byte[] statement, Bytes signature) {
    Optional<ClientSignature> decoded = ClientSignature.decode(signature, authority != null);
    if (decoded.isEmpty()) {
      return false;
    }
    PublicKey key = keyOf(client, decoded.get());
    return key != null && provider.verifyP256(key, statement, decoded.get().signature().array());
  }

  /** The key with which this client may sign, or null if it is not the one that the bytes name. */
  private PublicKey keyOf(ClientId client, ClientSignature signature) {
    KnownClient last;
    synchronized (known) {
      last = known.get(client);
    }
    // With another endorsement, even of a known key, the verdict must not depend on what is known.
    if (last != null
        && last.key.equals(signature.key())
        && last.endorsement.equals(signature.endorsement())) {
      return last.publicKey;
    }
    if (!signature.key().id().equals(client) || !isEndorsed(signature)) {
      return null;
    }
    KnownClient checked =
        new KnownClient(signature.key(), signature.endorsement(), signature.key().toPublicKey());
    synchronized (known) {
      known.put(client, checked);
    }
    return checked.publicKey;
  }

  private boolean isEndorsed(ClientSignature signature) {
    return authority == null
        || provider.verifyP256(
            authority,
            ClientAuthority.endorsement(cluster, signature.key()),
            signature.endorsement().array());
  }

  /** How many clients are remembered. */
  int knownClients() {
    synchronized (known) {
      return known.size();
    }
  }

  /** The implementation in use. */
  public String describe() {
    return provider.describe();
  }

  private static final class LeastRecentlyUsed extends LinkedHashMap<ClientId, KnownClient> {
    private final int most;

    LeastRecentlyUsed(int most) {
      super(16, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<ClientId, KnownClient> eldest) {
      return size() > most;
    }
  }
}
