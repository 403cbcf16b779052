package dev.lockstep.fabric;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.hyperledger.fabric.protos.msp.SerializedIdentity;

/** An authority of an organisation that is made for a test. */
public final class TestAuthority {
  private static final AtomicLong SERIALS = new AtomicLong(1);
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");

  private final KeyPair keys;
  private final X509Certificate certificate;

  private TestAuthority(KeyPair keys, X509Certificate certificate) {
    this.keys = keys;
    this.certificate = certificate;
  }

  public static TestAuthority root(String name) {
    KeyPair keys = keys();
    X500Name subject = new X500Name("CN=" + name);
    return new TestAuthority(keys, certificate(subject, keys, subject, keys, true, FROM, 3650));
  }

  public TestAuthority below(String name) {
    KeyPair below = keys();
    return new TestAuthority(
        below, certificate(subject(), keys, new X500Name("CN=" + name), below, true, FROM, 3650));
  }

  /** A member with the units in its subject. */
  public SigningIdentity member(String mspId, String name, String... units) {
    return member(mspId, name, FROM, 3650, units);
  }

  public SigningIdentity member(
      String mspId, String name, Instant from, int days, String... units) {
    KeyPair member = keys();
    StringBuilder subject = new StringBuilder("CN=" + name);
    for (String unit : units) {
      subject.append(",OU=").append(unit);
    }
    return identity(
        mspId,
        member,
        certificate(subject(), keys, new X500Name(subject.toString()), member, false, from, days));
  }

  public static SigningIdentity identity(String mspId, KeyPair keys, X509Certificate certificate) {
    return new SigningIdentity(
        mspId, certificate, keys.getPrivate(), serialized(mspId, pem(certificate)));
  }

  public static ByteString serialized(String mspId, ByteString pem) {
    return SerializedIdentity.newBuilder().setMspid(mspId).setIdBytes(pem).build().toByteString();
  }

  /** A list that revokes certificates, signed by this authority. */
  public ByteString revocationList(X509Certificate... revoked) {
    return revocationList(keys, revoked);
  }

  /** The same in this authority's name, but signed by somebody else. */
  public ByteString forgedRevocationList(X509Certificate... revoked) {
    return revocationList(keys(), revoked);
  }

  private ByteString revocationList(KeyPair signer, X509Certificate... revoked) {
    try {
      X509v2CRLBuilder builder = new X509v2CRLBuilder(subject(), Date.from(FROM));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate.getPublicKey()));
      for (X509Certificate each : revoked) {
        builder.addCRLEntry(each.getSerialNumber(), Date.from(FROM), 0);
      }
      X509CRLHolder list =
          builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate()));
      return pem("X509 CRL", list.getEncoded());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public X509Certificate certificate() {
    return certificate;
  }

  public ByteString pem() {
    return pem(certificate);
  }

  public static ByteString pem(X509Certificate certificate) {
    try {
      return pem("CERTIFICATE", certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static ByteString pem(String kind, byte[] der) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return ByteString.copyFrom(
        "-----BEGIN " + kind + "-----\n" + lines + "\n-----END " + kind + "-----\n",
        StandardCharsets.US_ASCII);
  }

  private X500Name subject() {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  public static KeyPair keys() {
    return keys("secp256r1");
  }

  public static KeyPair keys(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certificate(
      X500Name issuer,
      KeyPair issuerKeys,
      X500Name subject,
      KeyPair keys,
      boolean isAuthority,
      Instant from,
      int days) {
    try {
      JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(SERIALS.getAndIncrement()),
              Date.from(from),
              Date.from(from.plus(Duration.ofDays(days))),
              subject,
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(
              isAuthority ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          utils.createSubjectKeyIdentifier(keys.getPublic()));
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
