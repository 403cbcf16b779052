package dev.lockstep.fabric.config;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.lockstep.fabric.RefusedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.hyperledger.fabric.protos.common.Capabilities;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.Consenter;
import org.hyperledger.fabric.protos.common.OrdererAddresses;
import org.hyperledger.fabric.protos.common.Orderers;
import org.hyperledger.fabric.protos.orderer.BatchSize;
import org.hyperledger.fabric.protos.orderer.BatchTimeout;
import org.hyperledger.fabric.protos.orderer.ChannelRestrictions;
import org.hyperledger.fabric.protos.orderer.ConsensusType;

/**
 * What the orderer group says.
 *
 * @param kind what peers take the service for
 * @param isInMaintenance whether only organisations of orderers may use the channel
 * @param batch how blocks are cut
 * @param consenters with type BFT those who sign blocks, at least one
 * @param endpoints of the orderers of all organisations
 * @param organizations those of the orderers by name
 */
record OrdererGroup(
    ConsensusKind kind,
    boolean isInMaintenance,
    BatchLimits batch,
    List<Consenter> consenters,
    List<String> endpoints,
    Map<String, ConfigGroup> organizations) {
  private static final Set<String> CAPABILITIES = Set.of("V1_4_2", "V2_0");
  private static final Map<String, Parser<? extends Message>> VALUES =
      Map.of(
          "BatchSize", BatchSize.parser(),
          "BatchTimeout", BatchTimeout.parser(),
          "ConsensusType", ConsensusType.parser(),
          "ChannelRestrictions", ChannelRestrictions.parser(),
          // A list of addresses from old times; its own class is deprecated and has the same bytes.
          "KafkaBrokers", OrdererAddresses.parser(),
          "Capabilities", Capabilities.parser(),
          "Orderers", Orderers.parser());

  static OrdererGroup of(ConfigGroup groupOrNull) throws RefusedException {
    if (groupOrNull == null) {
      throw new RefusedException("the configuration has no Orderer group");
    }
    try {
      return read(groupOrNull);
    } catch (RefusedException e) {
      throw new RefusedException(
          "could not create channel Orderer sub-group config: " + e.getMessage(), e);
    }
  }

  private static OrdererGroup read(ConfigGroup group) throws RefusedException {
    ConfigValues values = new ConfigValues("/Channel/Orderer", group, VALUES);
    values.requireCapabilities("Orderer", CAPABILITIES);
    ConsensusType type = values.required("ConsensusType", ConsensusType.parser());
    ConsensusKind kind = kind(type.getType());
    Map<String, ConfigGroup> organizations = new TreeMap<>(group.getGroupsMap());
    return new OrdererGroup(
        kind,
        type.getState() == ConsensusType.State.STATE_MAINTENANCE,
        batch(values),
        kind == ConsensusKind.BFT ? consenters(values) : List.of(),
        endpoints(organizations),
        organizations);
  }

  private static ConsensusKind kind(String type) throws RefusedException {
    for (ConsensusKind kind : ConsensusKind.values()) {
      if (kind.typeName().equals(type)) {
        return kind;
      }
    }
    throw new RefusedException(
        "the consensus type is '" + type + "'; peers know only etcdraft and BFT");
  }

  private static BatchLimits batch(ConfigValues values) throws RefusedException {
    BatchSize size = values.required("BatchSize", BatchSize.parser());
    long absolute = Integer.toUnsignedLong(size.getAbsoluteMaxBytes());
    long preferred = Integer.toUnsignedLong(size.getPreferredMaxBytes());
    requirePositive("max message count", size.getMaxMessageCount());
    requirePositive("absolute max bytes", absolute);
    requirePositive("preferred max bytes", preferred);
    if (preferred > absolute) {
      throw new RefusedException(
          String.format(
              "Attempted to set the batch size preferred max bytes (%d) greater than the absolute"
                  + " max bytes (%d).",
              preferred, absolute));
    }
    return new BatchLimits(
        Integer.toUnsignedLong(size.getMaxMessageCount()), absolute, preferred, timeout(values));
  }

  private static void requirePositive(String what, long value) throws RefusedException {
    if (value == 0) {
      throw new RefusedException(
          "Attempted to set the batch size " + what + " to an invalid value: 0");
    }
  }

  private static long timeout(ConfigValues values) throws RefusedException {
    String text = values.required("BatchTimeout", BatchTimeout.parser()).getTimeout();
    long micros = Durations.microsOrMinusOne(text);
    if (micros < 0) {
      throw new RefusedException("Attempted to set the batch timeout to a invalid value: " + text);
    }
    return micros;
  }

  private static List<Consenter> consenters(ConfigValues values) throws RefusedException {
    List<Consenter> consenters =
        values.required("Orderers", Orderers.parser()).getConsenterMappingList();
    Set<Integer> numbers = new HashSet<>();
    for (Consenter consenter : consenters) {
      if (!numbers.add(consenter.getId())) {
        throw new RefusedException(
            "two consenters have the number " + Integer.toUnsignedString(consenter.getId()));
      }
    }
    if (consenters.isEmpty()) {
      throw new RefusedException("a channel of type BFT has consenters, and none is there");
    }
    return consenters;
  }

  private static List<String> endpoints(Map<String, ConfigGroup> organizations)
      throws RefusedException {
    List<String> endpoints = new ArrayList<>();
    for (Map.Entry<String, ConfigGroup> organization : organizations.entrySet()) {
      String path = ChannelGroup.ORDERER + "/" + organization.getKey();
      endpoints.addAll(
          OrganizationGroups.values(ChannelGroup.ORDERER, path, organization.getValue())
              .addresses("Endpoints"));
    }
    return endpoints;
  }
}
