package dev.lockstep.fabric.msp;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.crypto.Ecdsa;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/**
 * Somebody who signs: a node, or a client. Immutable and thread-safe.
 *
 * @param mspId the organisation
 * @param certificate the certificate of the key
 * @param serialized the identity as it goes into headers
 */
public record SigningIdentity(
    String mspId, X509Certificate certificate, PrivateKey key, ByteString serialized) {

  /** Signs bytes as peers accept it. */
  public ByteString sign(byte[] data) {
    return ByteString.copyFrom(Ecdsa.sign(key, data));
  }

  /** Without the key. */
  @Override
  public String toString() {
    return mspId + " " + certificate.getSubjectX500Principal().getName();
  }
}
