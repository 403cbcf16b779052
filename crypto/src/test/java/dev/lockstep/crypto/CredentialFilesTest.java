package dev.lockstep.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.protocol.bytes.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFilesTest {
  private static final Digest CLUSTER = new Digest(1, 2, 3, 4);

  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsRead() throws Exception {
    ReplicaCredentials replica = ReplicaCredentials.generate("replica-0");
    replica.write(folder("replica"));
    assertThat(ReplicaCredentials.load(folder("replica"))).isEqualTo(replica);

    ClientAuthority authority = ClientAuthority.generate("authority");
    authority.write(folder("authority"));
    assertThat(ClientAuthority.load(folder("authority"))).isEqualTo(authority);

    ClientCredentials client = authority.issue(CLUSTER, "alice");
    client.write(folder("client"));
    assertThat(ClientCredentials.load(folder("client"))).isEqualTo(client);

    ClientCredentials stranger = ClientCredentials.selfSigned("bob");
    stranger.write(folder("stranger"));
    assertThat(ClientCredentials.load(folder("stranger"))).isEqualTo(stranger);
  }

  @Test
  void privateKeysAreTheirOwnersAlone() throws Exception {
    ReplicaCredentials.generate("replica-0").write(folder);
    for (String key : new String[] {"tls-key.pem", "signing-key.pem"}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(key))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void keysAreNeverOverwritten() throws Exception {
    ReplicaCredentials replica = ReplicaCredentials.generate("replica-0");
    replica.write(folder);
    assertThatThrownBy(() -> ReplicaCredentials.generate("replica-0").write(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tls-key.pem exists already");
    assertThat(ReplicaCredentials.load(folder)).isEqualTo(replica);
  }

  @Test
  void saysWhichFileIsWrong() throws Exception {
    ReplicaCredentials.generate("replica-0").write(folder("a"));
    ReplicaCredentials.generate("replica-1").write(folder("b"));
    Path key = folder("a").resolve("tls-key.pem");

    Files.copy(folder("b").resolve("tls-key.pem"), key, StandardCopyOption.REPLACE_EXISTING);
    assertRefused("tls-key.pem does not hold the key of");
    Files.copy(folder("b").resolve("signing-key.pem"), key, StandardCopyOption.REPLACE_EXISTING);
    assertRefused("tls-key.pem does not hold a private key of the kind EC");
    Files.writeString(key, "no key");
    assertRefused("tls-key.pem cannot be read: there is no PEM text of the kind PRIVATE KEY");
    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nA===\n-----END PRIVATE KEY-----\n");
    assertRefused("tls-key.pem");
    Files.write(key, new byte[] {(byte) 0xff, (byte) 0xfe, (byte) 0x80});
    assertRefused("tls-key.pem cannot be read: it is no text");
    Files.write(key, new byte[1 << 17]);
    assertRefused("tls-key.pem is too long");
    Files.delete(key);
    assertRefused("tls-key.pem is missing");
  }

  private void assertRefused(String sentence) {
    assertThatThrownBy(() -> ReplicaCredentials.load(folder("a")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void credentialsDoNotPrintTheirKeys() {
    ReplicaCredentials replica = ReplicaCredentials.generate("replica-0");
    assertThat(replica.toString()).contains(replica.signingPublicKey().toString()).hasLineCount(1);
    assertThat(ClientAuthority.generate("authority").toString()).hasLineCount(1);
    assertThat(ClientCredentials.selfSigned("alice").toString()).hasLineCount(1);
  }

  @Test
  void certificatesAreText() {
    var certificate = ReplicaCredentials.generate("replica-0").tlsCertificate();
    assertThat(Pem.certificate(Pem.text(certificate))).isEqualTo(certificate);
    assertThatThrownBy(() -> Pem.certificate("nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }
}
