package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Signer;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Signs with a replica's Ed25519 key. Thread-safe. */
public final class ReplicaSigner implements Signer {
  private final PrivateKey key;
  private final SignatureProvider provider;

  /** Making one takes as long as signing: it reads the key. At most one per thread that signs. */
  private final Queue<Signature> idle = new ConcurrentLinkedQueue<>();

  /**
   * @throws IllegalArgumentException if the key is no Ed25519 key
   */
  public ReplicaSigner(ReplicaCredentials credentials) {
    this(credentials.signingKey(), SignatureProvider.best());
  }

  ReplicaSigner(PrivateKey key, SignatureProvider provider) {
    this.key = key;
    this.provider = provider;
    idle.add(initialized());
  }

  private Signature initialized() {
    try {
      return provider.ed25519Signer(key);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("the signing key is no Ed25519 key", e);
    }
  }

  @Override
  public Bytes sign(byte[] statement) {
    Signature polled = idle.poll();
    Signature signature = polled == null ? initialized() : polled;
    try {
      signature.update(statement);
      Bytes signed = new Bytes(signature.sign());
      idle.add(signature);
      return signed;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("signing with a key that worked before failed", e);
    }
  }

  /** The implementation in use. */
  public String describe() {
    return provider.describe();
  }
}
