package dev.lockstep.fabric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.lockstep.fabric.config.ChannelConfig;
import dev.lockstep.fabric.msp.MspFolder;
import dev.lockstep.fabric.msp.SigningIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.hyperledger.fabric.protos.common.Block;
import org.hyperledger.fabric.protos.common.Envelope;

/** The data of real Fabric programs; see the README beside it. */
public final class Samples {
  /** A time at which the sample certificates are valid, but for the expired ones. */
  public static final Instant NOW = Instant.parse("2026-11-28T00:00:00Z");

  private static final Path ROOT = Path.of("src", "test", "resources", "fabric");
  private static final ObjectMapper JSON = new ObjectMapper();

  private Samples() {}

  public static Path path(String name) {
    return ROOT.resolve(name);
  }

  public static ByteString bytes(String name) {
    try {
      return ByteString.copyFrom(Files.readAllBytes(path(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static JsonNode json(String name) {
    try {
      return JSON.readTree(path(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Block block(String name) {
    try {
      return Block.parseFrom(bytes(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Block genesis(String channel) {
    return block("genesis/" + channel + ".block");
  }

  public static ChannelConfig config(String channel) {
    try {
      return ChannelConfig.ofBlock(genesis(channel));
    } catch (RefusedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An envelope as the gRPC library hands it over, so in its canonical encoding. */
  public static Envelope envelope(String name) {
    try {
      return Envelope.parseFrom(bytes("envelopes/" + name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The entries of an index of envelopes, in the order in which they were sent. */
  public static List<JsonNode> envelopes(String channel) {
    List<JsonNode> entries = new ArrayList<>();
    json("envelopes/" + channel + ".json").get("envelopes").forEach(entries::add);
    return entries;
  }

  public static SigningIdentity signer(String folder, String mspId) {
    try {
      return MspFolder.signer(path("crypto/" + folder + "/msp"), mspId);
    } catch (RefusedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One of the four nodes, from 1. */
  public static SigningIdentity orderer(int number) {
    return signer(
        "ordererOrganizations/ord.example.com/orderers/orderer" + number + ".ord.example.com",
        "OrdererMSP");
  }

  public static SigningIdentity ordererAdmin() {
    return signer("ordererOrganizations/ord.example.com/users/Admin@ord.example.com", "OrdererMSP");
  }

  /** A user of Org1 or Org2. */
  public static SigningIdentity user(String name, int organization) {
    String domain = "org" + organization + ".example.com";
    return signer(
        "peerOrganizations/" + domain + "/users/" + name + "@" + domain,
        "Org" + organization + "MSP");
  }

  public static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }
}
