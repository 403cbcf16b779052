package dev.lockstep.fabric.msp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.crypto.Ecdsa;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.hyperledger.fabric.protos.msp.FabricMSPConfig;
import org.hyperledger.fabric.protos.msp.FabricNodeOUs;
import org.hyperledger.fabric.protos.msp.FabricOUIdentifier;
import org.hyperledger.fabric.protos.msp.SerializedIdentity;

/** Reads MSP folders as cryptogen and the CA client write them. */
public final class MspFolder {
  private static final int MAX_FILES = 1000;

  private MspFolder() {}

  /**
   * The organisation that a folder describes: {@code cacerts}, {@code intermediatecerts}, {@code
   * admincerts}, {@code crls} and {@code config.yaml}.
   *
   * @throws RefusedException with the file and what is wrong with it
   */
  public static Msp read(Path folder, String mspId) throws RefusedException {
    FabricMSPConfig config =
        FabricMSPConfig.newBuilder()
            .setName(mspId)
            .addAllRootCerts(files(folder.resolve("cacerts")))
            .addAllIntermediateCerts(files(folder.resolve("intermediatecerts")))
            .addAllAdmins(files(folder.resolve("admincerts")))
            .addAllRevocationList(files(folder.resolve("crls")))
            .setFabricNodeOus(nodeUnits(folder))
            .build();
    try {
      return Msp.of(config);
    } catch (RefusedException e) {
      throw new RefusedException(folder + ": " + e.getMessage(), e);
    }
  }

  /**
   * The one who signs with the key in a folder: {@code signcerts} and {@code keystore} with one
   * file each.
   *
   * @throws RefusedException with the file and what is wrong with it
   */
  public static SigningIdentity signer(Path folder, String mspId) throws RefusedException {
    Path certificateFile = single(folder.resolve("signcerts"));
    ByteString pem = content(certificateFile);
    X509Certificate certificate = CertificateParts.certificate(pem, certificateFile.toString());
    Path keyFile = single(folder.resolve("keystore"));
    PrivateKey key = key(keyFile);
    byte[] statement = {1, 2, 3};
    if (!key.getAlgorithm().startsWith("EC")
        || !Ecdsa.verify(certificate.getPublicKey(), statement, Ecdsa.sign(key, statement))) {
      throw new RefusedException(keyFile + " does not hold the ECDSA key of " + certificateFile);
    }
    ByteString serialized =
        SerializedIdentity.newBuilder().setMspid(mspId).setIdBytes(pem).build().toByteString();
    return new SigningIdentity(mspId, certificate, key, serialized);
  }

  private static PrivateKey key(Path file) throws RefusedException {
    String text = content(file).toString(StandardCharsets.ISO_8859_1);
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      Object found = parser.readObject();
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      if (found instanceof PrivateKeyInfo info) {
        return converter.getPrivateKey(info);
      }
      if (found instanceof PEMKeyPair pair) {
        return converter.getPrivateKey(pair.getPrivateKeyInfo());
      }
    } catch (IOException e) {
      throw new RefusedException(file + " holds no key that can be read: " + e.getMessage(), e);
    }
    throw new RefusedException(file + " holds no private key in PEM");
  }

  private static Path single(Path folder) throws RefusedException {
    List<Path> files = list(folder);
    if (files.size() != 1) {
      throw new RefusedException(folder + " has to hold one file and holds " + files.size());
    }
    return files.get(0);
  }

  private static List<ByteString> files(Path folder) throws RefusedException {
    List<ByteString> contents = new ArrayList<>();
    for (Path file : list(folder)) {
      contents.add(content(file));
    }
    return contents;
  }

  /** In the order of their names; none if there is no such folder. */
  private static List<Path> list(Path folder) throws RefusedException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().limit(MAX_FILES).toList();
    } catch (IOException e) {
      throw new RefusedException(folder + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static ByteString content(Path file) throws RefusedException {
    try {
      if (Files.size(file) > CertificateParts.MAX_PEM_BYTES) {
        throw new RefusedException(file + " is too long for a file of an MSP");
      }
      return ByteString.copyFrom(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new RefusedException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static FabricNodeOUs nodeUnits(Path folder) throws RefusedException {
    Path file = folder.resolve("config.yaml");
    if (!Files.exists(file)) {
      return FabricNodeOUs.getDefaultInstance();
    }
    try {
      JsonNode units = new YAMLMapper().readTree(content(file).toByteArray()).path("NodeOUs");
      FabricNodeOUs.Builder nodeUnits =
          FabricNodeOUs.newBuilder().setEnable(units.path("Enable").asBoolean());
      if (units.has("ClientOUIdentifier")) {
        nodeUnits.setClientOuIdentifier(unit(folder, units.path("ClientOUIdentifier")));
      }
      if (units.has("PeerOUIdentifier")) {
        nodeUnits.setPeerOuIdentifier(unit(folder, units.path("PeerOUIdentifier")));
      }
      if (units.has("AdminOUIdentifier")) {
        nodeUnits.setAdminOuIdentifier(unit(folder, units.path("AdminOUIdentifier")));
      }
      if (units.has("OrdererOUIdentifier")) {
        nodeUnits.setOrdererOuIdentifier(unit(folder, units.path("OrdererOUIdentifier")));
      }
      return nodeUnits.build();
    } catch (JsonProcessingException e) {
      throw new RefusedException(file + " is no YAML: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new RefusedException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static FabricOUIdentifier unit(Path folder, JsonNode unit) throws RefusedException {
    FabricOUIdentifier.Builder identifier =
        FabricOUIdentifier.newBuilder()
            .setOrganizationalUnitIdentifier(unit.path("OrganizationalUnitIdentifier").asText());
    String certificate = unit.path("Certificate").asText();
    if (!certificate.isEmpty()) {
      identifier.setCertificate(content(folder.resolve(certificate)));
    }
    return identifier.build();
  }
}
