package dev.lockstep.fabric.msp;

import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * The authorities of an organisation, and the chains that lead to them. Whether a chain is good is
 * asked for the second after the certificate became valid, so that the answer never changes and all
 * nodes agree on it; whether a certificate has expired is not asked here. Immutable, thread-safe.
 */
final class Chains {
  /** Certificates in a chain, with the first and the last. */
  private static final int MAX_CHAIN = 10;

  /** The bit of the key usage. */
  private static final int CERTIFICATE_SIGN = 5;

  private final List<X509Certificate> roots;
  private final List<X509Certificate> intermediates;
  private final List<X509CRL> revocations;

  Chains(
      List<X509Certificate> roots, List<X509Certificate> intermediates, List<X509CRL> revocations) {
    this.roots = List.copyOf(roots);
    this.intermediates = List.copyOf(intermediates);
    this.revocations = List.copyOf(revocations);
  }

  /**
   * Refuses authorities that are not in order, with what no peer would load.
   *
   * @throws RefusedException with what is wrong
   */
  void requireSound() throws RefusedException {
    List<X509Certificate> all = new ArrayList<>(roots);
    all.addAll(intermediates);
    for (X509Certificate authority : all) {
      if (!CertificateParts.isAuthority(authority)) {
        throw new RefusedException("a certificate of an authority is not one of an authority");
      }
      if (CertificateParts.subjectKeyIdOrNull(authority) == null) {
        throw new RefusedException("the certificate of an authority has no subject key identifier");
      }
      ofAuthority(authority);
    }
    for (X509CRL list : revocations) {
      if (CertificateParts.authorityKeyIdOrNull(list) == null) {
        throw new RefusedException("a revocation list has no authority key identifier");
      }
    }
  }

  boolean isRoot(X509Certificate certificate) {
    return roots.contains(certificate);
  }

  boolean isAuthority(X509Certificate certificate) {
    return isRoot(certificate) || intermediates.contains(certificate);
  }

  /**
   * The one chain from a certificate of a member to a root, both ends included.
   *
   * @throws RefusedException if there is none, or several, or something on it is not in order
   */
  List<X509Certificate> ofMember(X509Certificate certificate) throws RefusedException {
    if (CertificateParts.isAuthority(certificate)) {
      throw new RefusedException("the certificate is one of an authority and not of a member");
    }
    List<X509Certificate> chain = single(certificate);
    if (issuesAuthorities(chain.get(1))) {
      throw new RefusedException(
          "the issuer vouches for other authorities of the organisation and may not for members");
    }
    return chain;
  }

  /** The chain from an authority of the organisation to a root; a root is its own chain. */
  List<X509Certificate> ofAuthority(X509Certificate authority) throws RefusedException {
    return isRoot(authority) ? List.of(authority) : single(authority);
  }

  private boolean issuesAuthorities(X509Certificate authority) {
    return intermediates.stream().anyMatch(below -> issued(authority, below));
  }

  private List<X509Certificate> single(X509Certificate certificate) throws RefusedException {
    List<List<X509Certificate>> chains = new ArrayList<>();
    extend(List.of(certificate), chains);
    if (chains.size() != 1) {
      throw new RefusedException(
          chains.isEmpty()
              ? "no authority of the organisation issued the certificate"
              : "several chains lead from the certificate to a root");
    }
    List<X509Certificate> chain = chains.get(0);
    check(chain);
    return chain;
  }

  private void extend(List<X509Certificate> start, List<List<X509Certificate>> found) {
    X509Certificate last = start.get(start.size() - 1);
    for (X509Certificate root : roots) {
      if (issued(root, last)) {
        found.add(appended(start, root));
      }
    }
    if (start.size() >= MAX_CHAIN - 1) {
      return;
    }
    for (X509Certificate intermediate : intermediates) {
      if (!start.contains(intermediate) && issued(intermediate, last)) {
        extend(appended(start, intermediate), found);
      }
    }
  }

  private static List<X509Certificate> appended(
      List<X509Certificate> start, X509Certificate certificate) {
    List<X509Certificate> longer = new ArrayList<>(start);
    longer.add(certificate);
    return longer;
  }

  private static boolean issued(X509Certificate issuer, X509Certificate certificate) {
    boolean[] usage = issuer.getKeyUsage();
    if (!issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())
        || usage != null && !usage[CERTIFICATE_SIGN]) {
      return false;
    }
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  private void check(List<X509Certificate> chain) throws RefusedException {
    X509Certificate root = chain.get(chain.size() - 1);
    Date moment = Date.from(momentOf(chain.get(0)));
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
      parameters.setRevocationEnabled(false);
      parameters.setDate(moment);
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509")
                  .generateCertPath(chain.subList(0, chain.size() - 1)),
              parameters);
      root.checkValidity(moment);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new RefusedException("the certificate's chain is not valid: " + e.getMessage(), e);
    }
    for (int i = 0; i < chain.size() - 1; i++) {
      if (isRevoked(chain.get(i), chain.get(i + 1))) {
        throw new RefusedException("the certificate has been revoked");
      }
    }
  }

  private static Instant momentOf(X509Certificate certificate) {
    return certificate.getNotBefore().toInstant().plusSeconds(1);
  }

  /** Only a list that the issuer itself signed counts, and only if it names the issuer's key. */
  private boolean isRevoked(X509Certificate certificate, X509Certificate issuer) {
    byte[] issuerKey = CertificateParts.subjectKeyIdOrNull(issuer);
    for (X509CRL list : revocations) {
      X509CRLEntry entry = list.getRevokedCertificate(certificate.getSerialNumber());
      if (entry != null
          && Arrays.equals(issuerKey, CertificateParts.authorityKeyIdOrNull(list))
          && isSigned(list, issuer)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSigned(X509CRL list, X509Certificate issuer) {
    try {
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /** What tells the authorities of a chain apart, from one position to the root. */
  static ByteString certifiers(List<X509Certificate> chain, int from) {
    MessageDigest digest = CertificateParts.sha256();
    for (X509Certificate certificate : chain.subList(from, chain.size())) {
      digest.update(CertificateParts.encoded(certificate));
    }
    return ByteString.copyFrom(digest.digest());
  }
}
