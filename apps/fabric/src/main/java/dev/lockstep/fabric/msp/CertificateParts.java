package dev.lockstep.fabric.msp;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.crypto.Der;
import dev.lockstep.fabric.crypto.Ecdsa;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/** Reads certificates and revocation lists, and takes out of them what membership depends on. */
final class CertificateParts {
  /** No certificate or list of an organisation is longer. */
  static final int MAX_PEM_BYTES = 1 << 20;

  /** The largest number in an ECDSA signature, with a leading zero. */
  private static final int MAX_NUMBER_BYTES = 67;

  private static final String DASHES = "-----";

  private CertificateParts() {}

  /** The first PEM text in the bytes, decoded. */
  static byte[] pem(ByteString text, String what) throws RefusedException {
    if (text.size() > MAX_PEM_BYTES) {
      throw new RefusedException(what + " is longer than any PEM text may be");
    }
    String all = text.toString(StandardCharsets.ISO_8859_1);
    int begin = all.indexOf(DASHES + "BEGIN ");
    int bodyStart = begin < 0 ? -1 : all.indexOf(DASHES, begin + DASHES.length() + 6);
    int end = bodyStart < 0 ? -1 : all.indexOf(DASHES + "END ", bodyStart + DASHES.length());
    if (end < 0) {
      throw new RefusedException(what + " is no PEM text");
    }
    try {
      return Base64.getMimeDecoder().decode(all.substring(bodyStart + DASHES.length(), end));
    } catch (IllegalArgumentException e) {
      throw new RefusedException(what + " is damaged PEM text", e);
    }
  }

  static X509Certificate certificate(ByteString pem, String what) throws RefusedException {
    byte[] der = pem(pem, what);
    try {
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      // The JDK ignores what is behind a certificate; nobody else does.
      if (!Arrays.equals(certificate.getEncoded(), der)) {
        throw new RefusedException(what + " has bytes behind the certificate");
      }
      return certificate;
    } catch (CertificateException e) {
      throw new RefusedException(what + " holds no certificate: " + e.getMessage(), e);
    }
  }

  static X509CRL revocationList(ByteString pem, String what) throws RefusedException {
    try {
      return (X509CRL)
          CertificateFactory.getInstance("X.509")
              .generateCRL(new ByteArrayInputStream(pem(pem, what)));
    } catch (CertificateException | CRLException e) {
      throw new RefusedException(what + " holds no revocation list: " + e.getMessage(), e);
    }
  }

  static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was read can be written", e);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * What tells two certificates apart. Anybody can write the signature of a certificate in another
   * way (the twin with the other s, bytes behind it), and would then be two signers of a policy; so
   * the numbers of the signature count, s lowered, and not its bytes.
   *
   * @param issuer the key that signed the certificate
   */
  static ByteString fingerprint(X509Certificate certificate, PublicKey issuer)
      throws RefusedException {
    MessageDigest digest = sha256();
    try {
      digest.update(certificate.getTBSCertificate());
    } catch (CertificateEncodingException e) {
      throw new RefusedException("the certificate cannot be written", e);
    }
    byte[] signature = certificate.getSignature();
    if (issuer instanceof ECPublicKey key) {
      BigInteger[] numbers = Der.twoIntegersOrNull(signature, MAX_NUMBER_BYTES);
      if (numbers == null) {
        throw new RefusedException("the certificate's signature is malformed");
      }
      signature =
          Der.sequence(
              Der.integer(numbers[0]),
              Der.integer(Ecdsa.lowered(numbers[1], key.getParams().getOrder())));
    }
    return ByteString.copyFrom(digest.digest(signature));
  }

  /** The organisational units in the subject, in their order. */
  static List<String> organizationalUnits(X509Certificate certificate) {
    List<String> units = new ArrayList<>();
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    for (RDN rdn : subject.getRDNs()) {
      for (AttributeTypeAndValue attribute : rdn.getTypesAndValues()) {
        if (attribute.getType().equals(BCStyle.OU)
            && attribute.getValue() instanceof ASN1String unit) {
          units.add(unit.getString());
        }
      }
    }
    return units;
  }

  /** Null if the certificate has none that can be read. */
  static byte[] subjectKeyIdOrNull(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    try {
      return value == null
          ? null
          : SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(value).getOctets())
              .getKeyIdentifier();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Null if the list has none that can be read. */
  static byte[] authorityKeyIdOrNull(X509CRL list) {
    byte[] value = list.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    try {
      return value == null
          ? null
          : AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(value).getOctets())
              .getKeyIdentifierOctets();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether the certificate may sign others. */
  static boolean isAuthority(X509Certificate certificate) {
    return certificate.getBasicConstraints() >= 0;
  }
}
