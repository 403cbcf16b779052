package dev.lockstep.fabric.folder;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.follow.NodeIdentity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.msp.SerializedIdentity;

/**
 * {@value #NAME}: what all nodes and frontends of an ordering service know of it, and nothing
 * secret.
 *
 * @param cluster the file of the group
 * @param channels the genesis block of each channel
 * @param nodes by id
 */
public record FabricFile(String cluster, List<String> channels, List<Node> nodes) {
  static final String NAME = "fabric.yaml";

  /**
   * A node as the others see it.
   *
   * @param blocks host and port where it serves blocks
   * @param mspId its organisation
   * @param certificate file with the certificate whose key signs its blocks
   */
  public record Node(int id, String blocks, String mspId, String certificate) {}

  /** Reads the file of a folder. */
  static FabricFile read(Path file) throws IOException {
    return YamlFile.read(file, FabricFile.class);
  }

  /**
   * The genesis blocks, by channel.
   *
   * @param folder where this file is
   * @throws IOException with one sentence if one cannot be read or is none
   */
  Map<String, byte[]> genesis(Path folder) throws IOException {
    Map<String, byte[]> blocks = new TreeMap<>();
    for (String each : channels) {
      Path file = folder.resolve(each);
      byte[] bytes = Files.readAllBytes(file);
      if (blocks.put(channelOf(file, bytes), bytes) != null) {
        throw new IOException(file + " is the second genesis block of its channel");
      }
    }
    return blocks;
  }

  /** The channel that a genesis block begins. */
  static String channelOf(Path file, byte[] bytes) throws IOException {
    return configOf(file, bytes).channelId();
  }

  static ChannelConfig configOf(Path file, byte[] bytes) throws IOException {
    try {
      Block block = Block.parseFrom(bytes);
      if (block.getHeader().getNumber() != 0) {
        throw new IOException(file + " is block " + block.getHeader().getNumber() + ", not 0");
      }
      return ChannelConfig.ofBlock(block);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException(file + " is no block; configtxgen makes genesis blocks", e);
    } catch (RefusedException e) {
      throw new IOException(file + " is no genesis block that will do: " + e.getMessage(), e);
    }
  }

  /** Who signs the blocks of which node. */
  List<NodeIdentity> signers(Path folder) throws IOException {
    List<NodeIdentity> signers = new ArrayList<>();
    for (Node node : nodes) {
      Path file = folder.resolve(node.certificate);
      byte[] pem = Files.readAllBytes(file);
      try {
        signers.add(
            new NodeIdentity(
                node.id,
                SerializedIdentity.newBuilder()
                    .setMspid(node.mspId)
                    .setIdBytes(ByteString.copyFrom(pem))
                    .build()
                    .toByteString(),
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem))
                    .getPublicKey()));
      } catch (CertificateException e) {
        throw new IOException(file + " is no certificate in PEM", e);
      }
    }
    return signers;
  }

  /** Where the nodes serve blocks. */
  Map<Integer, InetSocketAddress> blockServers() throws IOException {
    Map<Integer, InetSocketAddress> servers = new HashMap<>();
    for (Node node : nodes) {
      servers.put(node.id, address(node.blocks));
    }
    return servers;
  }

  /** Host and port, from text. */
  static InetSocketAddress address(String text) throws IOException {
    int colon = text.lastIndexOf(':');
    try {
      return InetSocketAddress.createUnresolved(
          text.substring(0, Math.max(0, colon)), Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      throw new IOException("'" + text + "' is no host with a port, like 127.0.0.1:7050", e);
    }
  }
}
