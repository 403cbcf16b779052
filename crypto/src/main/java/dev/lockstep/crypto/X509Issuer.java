package dev.lockstep.crypto;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes and checks the three kinds of certificates in use. */
final class X509Issuer {
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final int SERIAL_BITS = 127;

  /** Clocks of other machines may be behind. */
  private static final Duration BEFORE = Duration.ofDays(1);

  private static final Duration LIFE = Duration.ofDays(20 * 365);

  private X509Issuer() {}

  /** For whoever is known by the key itself. */
  static X509Certificate selfSigned(String name, KeyPair keys) {
    return build(
        name,
        commonName(name),
        keys.getPublic(),
        keys.getPrivate(),
        new BasicConstraints(false),
        KeyUsage.digitalSignature,
        new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth});
  }

  /** For a client authority. */
  static X509Certificate authority(String name, KeyPair keys) {
    return build(
        name,
        commonName(name),
        keys.getPublic(),
        keys.getPrivate(),
        new BasicConstraints(0),
        KeyUsage.keyCertSign,
        new KeyPurposeId[] {});
  }

  /** For a client. */
  static X509Certificate client(String name, PublicKey key, ClientAuthority authority) {
    try {
      return build(
          name,
          new JcaX509CertificateHolder(authority.certificate()).getSubject(),
          key,
          authority.key(),
          new BasicConstraints(false),
          KeyUsage.digitalSignature,
          new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth});
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("the authority's certificate cannot be read", e);
    }
  }

  private static X509Certificate build(
      String name,
      X500Name issuer,
      PublicKey key,
      PrivateKey issuerKey,
      BasicConstraints constraints,
      int usage,
      KeyPurposeId[] purposes) {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer,
            new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE),
            Date.from(now.minus(BEFORE)),
            Date.from(now.plus(LIFE)),
            commonName(name),
            key);
    try {
      builder.addExtension(Extension.basicConstraints, true, constraints);
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      if (purposes.length > 0) {
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(issuerKey)));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("a certificate for a P-256 key cannot be made", e);
    }
  }

  private static X500Name commonName(String name) {
    return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, name).build();
  }

  static byte[] encode(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("the certificate cannot be written", e);
    }
  }

  /** Refuses a key that is not the one of the certificate, by signing with it. */
  static void requirePair(
      PrivateKey key, Path keyFile, X509Certificate certificate, Path certificateFile)
      throws IOException {
    byte[] statement = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(SIGNATURE);
      signature.initSign(key);
      signature.update(statement);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(statement);
      if (signature.verify(signed)) {
        return;
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          keyFile + " and " + certificateFile + " do not hold P-256 keys: " + e.getMessage(), e);
    }
    throw new IOException(
        keyFile + " does not hold the key of " + certificateFile + "; take both from one 'init'");
  }
}
