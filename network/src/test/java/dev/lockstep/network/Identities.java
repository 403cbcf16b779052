package dev.lockstep.network;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Keys and self-signed certificates of a few replicas, and who trusts whom. */
final class Identities implements Trust {
  private final List<TlsIdentity> replicas;
  private final List<TlsIdentity> clients;

  Identities(int replicas, int clients) {
    this.replicas = make(replicas, "replica");
    this.clients = make(clients, "client");
  }

  private static List<TlsIdentity> make(int count, String name) {
    return java.util.stream.IntStream.range(0, count).mapToObj(i -> create(name + i)).toList();
  }

  static TlsIdentity create(String name) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      X500Name subject = new X500Name("CN=" + name);
      Instant now = Instant.now();
      X509Certificate certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  new JcaX509v3CertificateBuilder(
                          subject,
                          BigInteger.ONE,
                          Date.from(now.minus(Duration.ofDays(1))),
                          Date.from(now.plus(Duration.ofDays(1))),
                          subject,
                          pair.getPublic())
                      .build(
                          new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
      return new TlsIdentity(pair.getPrivate(), List.of(certificate));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  TlsIdentity replica(int id) {
    return replicas.get(id);
  }

  TlsIdentity client(int number) {
    return clients.get(number);
  }

  @Override
  public int replicaOf(byte[] subjectPublicKeyInfo) {
    for (int i = 0; i < replicas.size(); i++) {
      if (Arrays.equals(replicas.get(i).subjectPublicKeyInfo(), subjectPublicKeyInfo)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public boolean isClient(X509Certificate[] chain) {
    return clients.stream().anyMatch(client -> client.chain().get(0).equals(chain[0]));
  }
}
