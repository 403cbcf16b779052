package dev.lockstep.fabric.config;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.lockstep.fabric.RefusedException;
import dev.lockstep.fabric.msp.Msp;
import java.util.List;
import java.util.Map;
import org.hyperledger.fabric.protos.common.ConfigGroup;
import org.hyperledger.fabric.protos.common.OrdererAddresses;
import org.hyperledger.fabric.protos.msp.FabricMSPConfig;
import org.hyperledger.fabric.protos.msp.MSPConfig;
import org.hyperledger.fabric.protos.peer.AnchorPeers;

/** Reads the groups of organisations. */
final class OrganizationGroups {
  private static final Map<String, Parser<? extends Message>> ORDERER_VALUES =
      Map.of("MSP", MSPConfig.parser(), "Endpoints", OrdererAddresses.parser());
  private static final Map<String, Parser<? extends Message>> APPLICATION_VALUES =
      Map.of("MSP", MSPConfig.parser(), "AnchorPeers", AnchorPeers.parser());

  /** The only kind of MSP that is read here; there is another one, Idemix. */
  private static final int X509 = 0;

  private OrganizationGroups() {}

  /**
   * Adds the MSPs of the organisations.
   *
   * @param parent the group that they are in
   * @param ids gets the MSP id of each organisation, under its path
   */
  static void add(
      String parent,
      Map<String, ConfigGroup> organizations,
      Map<String, String> ids,
      List<Msp> msps)
      throws RefusedException {
    for (Map.Entry<String, ConfigGroup> organization : organizations.entrySet()) {
      String path = parent + "/" + organization.getKey();
      try {
        Msp msp = msp(path, values(parent, path, organization.getValue()));
        ids.put(path, msp.id());
        msps.add(msp);
      } catch (RefusedException e) {
        throw new RefusedException(
            "could not create channel " + parent + " sub-group config: " + e.getMessage(), e);
      }
    }
  }

  /** The values of an organisation, which has no groups below it. */
  static ConfigValues values(String parent, String path, ConfigGroup group)
      throws RefusedException {
    if (group.getGroupsCount() > 0) {
      throw new RefusedException("the organisation " + path + " has groups, and may have none");
    }
    boolean isOrderer = parent.equals(ChannelGroup.ORDERER);
    return new ConfigValues(
        "/Channel/" + path, group, isOrderer ? ORDERER_VALUES : APPLICATION_VALUES);
  }

  private static Msp msp(String path, ConfigValues values) throws RefusedException {
    MSPConfig config = values.required("MSP", MSPConfig.parser());
    if (config.getType() != X509) {
      throw new RefusedException(
          "the MSP of " + path + " is not one of X.509 certificates, and no other is supported");
    }
    try {
      return Msp.of(FabricMSPConfig.parseFrom(config.getConfig()));
    } catch (InvalidProtocolBufferException e) {
      throw new RefusedException("the MSP of " + path + " is malformed", e);
    }
  }
}
