package dev.lockstep.fabric.msp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MspFolderTest {
  private static final Path ORDERER1 =
      Samples.path(
          "crypto/ordererOrganizations/ord.example.com/orderers/orderer1.ord.example.com/msp");

  @TempDir private Path folder;

  @Test
  void theFoldersOfRealOrganizations() throws RefusedException {
    Msp orderers = MspFolder.read(ORDERER1, "OrdererMSP");
    assertThat(orderers.id()).isEqualTo("OrdererMSP");
    assertThat(orderers.identity(Samples.orderer(2).certificate()).has(Role.ORDERER)).isTrue();
    Msp org1 =
        MspFolder.read(Samples.path("crypto/peerOrganizations/org1.example.com/msp"), "Org1MSP");
    SigningIdentity revoked = Samples.signer("extra/revoked-user.org1", "Org1MSP");
    assertThat(org1.identity(revoked.certificate()).has(Role.CLIENT)).isTrue();
    Msp withList = MspFolder.read(Samples.path("crypto/extra/org1-msp-with-crl"), "Org1MSP");
    assertThatThrownBy(() -> withList.identity(revoked.certificate()))
        .hasMessage("the certificate has been revoked");
  }

  @Test
  void whoSignsIsWhoTheChannelKnows() throws RefusedException {
    SigningIdentity signer = MspFolder.signer(ORDERER1, "OrdererMSP");
    Identity member = Samples.config("raftsig10").msps().memberOrNull(signer.serialized());
    byte[] data = {1, 2, 3};
    assertThat(member.verify(data, signer.sign(data))).isTrue();
    assertThat(member.verify(new byte[] {1}, signer.sign(data))).isFalse();
  }

  @Test
  void whatIsMissingOrWrongIsTold() throws IOException {
    assertThatThrownBy(() -> MspFolder.signer(folder, "OrdererMSP"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("signcerts has to hold one file and holds 0");
    assertThatThrownBy(() -> MspFolder.read(folder, "OrdererMSP"))
        .hasMessageContaining("it has no root certificate");
    copy("signcerts", ORDERER1.resolve("signcerts"));
    assertThatThrownBy(() -> MspFolder.signer(folder, "OrdererMSP"))
        .hasMessageContaining("keystore has to hold one file and holds 0");
    Path keystore = Files.createDirectories(folder.resolve("keystore"));
    Path key = Files.writeString(keystore.resolve("priv_sk"), "nonsense");
    assertThatThrownBy(() -> MspFolder.signer(folder, "OrdererMSP"))
        .hasMessageContaining("priv_sk holds no private key in PEM");
    Files.delete(key);
    copy(
        "keystore",
        Samples.path(
            "crypto/ordererOrganizations/ord.example.com/users/Admin@ord.example.com/msp/keystore"));
    assertThatThrownBy(() -> MspFolder.signer(folder, "OrdererMSP"))
        .hasMessageContaining("does not hold the ECDSA key of");
    copy("cacerts", ORDERER1.resolve("cacerts"));
    Files.writeString(folder.resolve("config.yaml"), "NodeOUs: [");
    assertThatThrownBy(() -> MspFolder.read(folder, "OrdererMSP"))
        .hasMessageContaining("config.yaml is no YAML");
    Files.writeString(folder.resolve("config.yaml"), "NodeOUs: {Enable: true}");
    assertThatThrownBy(() -> MspFolder.read(folder, "OrdererMSP"))
        .hasMessageContaining("neither certificates of admins nor an OU for them");
  }

  private void copy(String name, Path from) throws IOException {
    Path to = Files.createDirectories(folder.resolve(name));
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
