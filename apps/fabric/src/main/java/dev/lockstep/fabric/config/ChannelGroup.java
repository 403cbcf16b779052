package dev.lockstep.fabric.config;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.lockstep.fabric.RefusedException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.hyperledger.fabric.protos.common.BlockDataHashingStructure;
import org.hyperledger.fabric.protos.common.Capabilities;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.Consortium;
import org.hyperledger.fabric.protos.common.HashingAlgorithm;
import org.hyperledger.fabric.protos.common.OrdererAddresses;
import org.hyperledger.fabric.protos.peer.ACLs;

/**
 * What the channel group says, but for the orderers.
 *
 * @param ordererAddresses of all orderers, where they are not listed by organisation
 * @param applications the organisations of peers and clients by name
 */
record ChannelGroup(List<String> ordererAddresses, Map<String, ConfigGroup> applications) {
  static final String ORDERER = "Orderer";
  static final String APPLICATION = "Application";

  private static final Set<String> GROUPS = Set.of(ORDERER, APPLICATION);
  private static final Set<String> CAPABILITIES = Set.of("V1_4_3", "V2_0", "V3_0");
  private static final Map<String, Parser<? extends Message>> VALUES =
      Map.of(
          "HashingAlgorithm", HashingAlgorithm.parser(),
          "BlockDataHashingStructure", BlockDataHashingStructure.parser(),
          "OrdererAddresses", OrdererAddresses.parser(),
          "Consortium", Consortium.parser(),
          "Capabilities", Capabilities.parser());
  private static final Map<String, Parser<? extends Message>> APPLICATION_VALUES =
      Map.of("ACLs", ACLs.parser(), "Capabilities", Capabilities.parser());

  /** The hashes of all envelopes side by side, and no tree of hashes. */
  private static final int FLAT = -1;

  static ChannelGroup of(ConfigGroup root) throws RefusedException {
    for (String name : root.getGroupsMap().keySet()) {
      if (!GROUPS.contains(name)) {
        throw new RefusedException("Disallowed channel group: " + name);
      }
    }
    ConfigValues values = new ConfigValues("/Channel", root, VALUES);
    String hash = values.required("HashingAlgorithm", HashingAlgorithm.parser()).getName();
    if (!hash.equals("SHA256")) {
      throw new RefusedException("Unknown hashing algorithm type: " + hash);
    }
    int width =
        values.required("BlockDataHashingStructure", BlockDataHashingStructure.parser()).getWidth();
    if (width != FLAT) {
      throw new RefusedException(
          "BlockDataHashStructure width only supported at MaxUint32 in this version");
    }
    values.requireCapabilities("Channel", CAPABILITIES);
    return new ChannelGroup(values.addresses("OrdererAddresses"), applications(root));
  }

  private static Map<String, ConfigGroup> applications(ConfigGroup root) throws RefusedException {
    if (!root.containsGroups(APPLICATION)) {
      return Map.of();
    }
    ConfigGroup application = root.getGroupsOrThrow(APPLICATION);
    new ConfigValues("/Channel/Application", application, APPLICATION_VALUES);
    return new TreeMap<>(application.getGroupsMap());
  }
}
