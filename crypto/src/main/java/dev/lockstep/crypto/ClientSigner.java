package dev.lockstep.crypto;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.crypto.Signer;
import java.security.GeneralSecurityException;
import java.security.Signature;

/**
 * Signs a client's requests. Thread-safe.
 *
 * <p>Unlike an Ed25519 signature, an ECDSA signature differs each time. That does no harm: the
 * digest of a request does not cover its signature (RULES 5).
 */
public final class ClientSigner implements Signer {
  private final ClientCredentials credentials;
  private final ClientKey publicKey;
  private final SignatureProvider provider = SignatureProvider.best();

  public ClientSigner(ClientCredentials credentials) {
    this.credentials = credentials;
    publicKey = credentials.publicKey();
  }

  @Override
  public Bytes sign(byte[] statement) {
    try {
      Signature signature = provider.p256Signer(credentials.key());
      signature.update(statement);
      return new ClientSignature(publicKey, credentials.endorsement(), new Bytes(signature.sign()))
          .encode();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the client's key does not sign", e);
    }
  }

  /** The implementation in use. */
  public String describe() {
    return provider.describe();
  }
}
