package dev.lockstep.fabric.msp;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.crypto.Ecdsa;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * A member of an organisation: its certificate leads to the organisation's authorities, is not
 * revoked, and its organisational units are as the organisation wants them. It may have expired.
 * Immutable and thread-safe.
 */
public final class Identity {
  /** An organisational unit, as an authority vouches for it. */
  record Unit(String name, ByteString certifiers) {}

  private final String mspId;
  private final X509Certificate certificate;
  private final ByteString fingerprint;
  private final List<Unit> units;
  private final Set<Role> roles;

  Identity(
      String mspId,
      X509Certificate certificate,
      ByteString fingerprint,
      List<Unit> units,
      Set<Role> roles) {
    this.mspId = mspId;
    this.certificate = certificate;
    this.fingerprint = fingerprint;
    this.units = List.copyOf(units);
    this.roles = Set.copyOf(roles);
  }

  /** The organisation. */
  public String mspId() {
    return mspId;
  }

  /** Its certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** Equal for two identities only if they are one signer of a policy. */
  public Key key() {
    return new Key(mspId, fingerprint);
  }

  /** What tells signers apart: organisation and certificate, whatever the encoding. */
  public record Key(String mspId, ByteString fingerprint) {}

  /** When its certificate expires. */
  public Instant expiresAt() {
    return certificate.getNotAfter().toInstant();
  }

  /** Whether it made this signature. */
  public boolean verify(byte[] data, ByteString signature) {
    return Ecdsa.verify(certificate.getPublicKey(), data, signature.toByteArray());
  }

  /** Whether it has this role. Roles exist only where the organisation has node OUs. */
  public boolean has(Role role) {
    return roles.contains(role);
  }

  List<Unit> units() {
    return units;
  }

  /** For logs: organisation and subject. */
  @Override
  public String toString() {
    return mspId + " " + certificate.getSubjectX500Principal().getName();
  }
}
